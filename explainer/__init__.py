"""Builds "Vision Transformers, on Real Photos": prose and models in, a static site out.

A module imports only modules above it in this list; `build.py` stands below them all.

errors           what can go wrong, in words for the person who can mend it
config           paths, sizes, models and where their weights come from

decode           a picture file of any kind -> oriented RGB pixels
photos           the photos folder -> photos with their credits
mathml           TeX -> MathML
references       citations, numbered and linked both ways
directives       `::: figure` and its kind
dialect          what our Markdown means to the parser
markdown         Markdown -> HTML with tokens for what comes later
content          the content folder -> pages and data, all checked

weights          checkpoints: find, fetch, verify, cache
preprocess       a photo -> the model's input
mobilenet        the stand-in: MobileNet v2's trunk
attention        self-attention's arithmetic, the reference for the page's
colormap         one perceptually uniform map, dark to light
quantize         weights -> 16-bit integers
onnx_export      the trunk -> ONNX, with its measured parity

packing          arrays -> the binary packs that the page reads
manifest         every JSON that the page reads
schema           their JSON Schemas
pictures         PNG, AVIF, WebP and JPEG of photos and maps
artifacts        the published documents and the facts that prose quotes
first_view       what a figure shows before any script runs
pixel_views      the same, for the figures made of pixels
attention_views  for the figures of attention
cost             for the recipe and the cost of it

locks            one process at a time
fonts            each font with the characters that the site shows
assets           esbuild: scripts, styles, fonts
render           pages
links            every address in a page leads somewhere
swap             one folder in another's place, in one step
output           gather, check, write
cache            results kept by what they depend on
progress         bars and the closing summary
stages           what is computed, each result through the cache
publish          what is published, and under which name
serve            the site on this machine, rebuilt on change
cli              the command line
"""
