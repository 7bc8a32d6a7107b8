"""Builds "Vision Transformers, on Real Photos": prose and models in, a static site out.

A module imports only modules above it in this list; `build.py` stands below them all.

errors           what can go wrong, in words for the person who can mend it
config           paths, sizes, models and where their weights come from

decode           a picture file of any kind -> oriented RGB pixels
photos           the photos folder -> photos with their credits
mathml           TeX -> MathML
references       citations, numbered and linked both ways
directives       `::: figure` and its kind
inclusion        parts of a text that depend on the build's models; sources shown as code
dialect          what our Markdown means to the parser
markdown         Markdown -> HTML with tokens for what comes later
content          the content folder -> pages and data, all checked

weights          checkpoints: find, fetch, verify, cache
preprocess       a photo -> the model's input
mobilenet        the stand-in: MobileNet v2's trunk
vit              the one readable Vision Transformer
vit_weights      checkpoints in three layouts -> that ViT
vit_run          that ViT on a photo
attention        self-attention's arithmetic, the reference for the page's
vit_attention    what a real ViT's queries and keys say: measures, rollout
colormap         one perceptually uniform map, dark to light
quantize         weights -> integers
onnx_export      the trunk -> ONNX, with its measured parity

packing          arrays -> the binary packs that the page reads
manifest         every JSON that the page reads
pictures         PNG, AVIF, WebP and JPEG of photos and maps
artifacts        the published documents and the facts that prose quotes
vit_artifacts    the same of the real ViTs: packs, measures
vit_facts        what prose quotes of them
vit_habits       what prose quotes of DINOv2's heads, whoever asks
vit_export       DINOv2 -> ONNX, with its measured parity
schema_parts     what JSON Schemas are put together from
vit_schema       those of the real ViTs' documents
schema           those of every JSON that is published
first_view       what a figure shows before any script runs
pixel_views      the same, for the figures made of pixels
attention_views  for the figures of attention
real_views       for those of a real ViT's heads
real_measures_views  for those of rollout, reach and lengths
real_model_views  for those of positions and filters
cost             for the recipe and the cost of it

locks            one process at a time
assets           esbuild: scripts, styles, fonts
render           pages
links            every address in a page leads somewhere
swap             one folder in another's place, in one step
output           gather, check, write
cache            results kept by what they depend on
progress         bars and the closing summary
stages           what is computed, each result through the cache
vit_stages       the same of the real ViTs
vit_publish      what is published of them
publish          what is published, and under which name
serve            the site on this machine, rebuilt on change
cli              the command line
"""
