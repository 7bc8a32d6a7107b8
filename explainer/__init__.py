"""Builds "Vision Transformers, on Real Photos": prose and models in, a static site out.

A module imports only modules above it in this list; `build.py` stands below them all.

errors           what can go wrong, in words for the person who can mend it
config           paths, sizes, models and where their weights come from
digits           numbers as they are written

decode           a picture file of any kind -> oriented RGB pixels
photos           the photos folder -> photos with their credits
mathml           TeX -> MathML
references       citations, numbered and linked both ways
directives       `::: figure` and its kind
dialect          what our Markdown means to the parser
inclusion        what a text takes in by the build's models; our own sources as code
markdown         Markdown -> HTML with tokens for what comes later
content          the content folder -> pages and data, all checked
notebook         Markdown -> the Jupyter notebook of the story's numbers

weights          checkpoints: find, fetch, verify, cache
preprocess       a photo -> the model's input
mobilenet        the stand-in: MobileNet v2's trunk
vit              the site's one Vision Transformer, the code to read
vit_weights      checkpoints -> that ViT, key by key
vit_run          a ViT on a photo
attention        self-attention's arithmetic, the reference for the page's
vit_attention    what a real ViT's queries and keys say: maps, measures, rollout
colormap         one perceptually uniform map, dark to light
quantize         weights -> integers
onnx_export      the trunk -> ONNX, with its measured parity

packing          arrays -> the binary packs that the page reads
manifest         what the build published, file by file
file_groups      the published files in groups, for a page
page_manifest    the part of it that a page's scripts use
provenance       what a number that is taken from a page says of itself
pictures         PNG, AVIF, WebP and JPEG of photos and maps
artifacts        the published documents and the facts that prose quotes
vit_packs        a real ViT's queries, keys and weights as packs
vit_measures     what one run's maps say, measured
vit_agreement    how far the stand-in and a real ViT agree
vit_artifacts    a real ViT's packs and documents
vit_export       the real ViT -> ONNX, with its measured parity
vit_facts        what prose quotes of the real ViTs
vit_habits       what their heads do whoever asks, and what that does to rollout
schema_parts     what JSON Schemas are made of
vit_schema       the schemas of real ViTs' files
schema           every published file's JSON Schema
first_view       what a figure shows before any script runs
pixel_views      the same, for the figures made of pixels
attention_views  for the figures of attention
real_views       for the figures of the real ViT's maps
real_measures_views  of its rollout, lengths and reach
real_model_views  of its positions and filters
cost             for the recipe and the cost of it

locks            one process at a time
deflate          large files, as browsers inflate them
fonts            each font with the characters that the site shows
assets           esbuild: scripts, styles, fonts
render           pages
links            every address in a page leads somewhere
swap             one folder in another's place, in one step
output           gather, check, write
service_worker   what a browser keeps: the list of all files
cache            results kept by what they depend on
progress         bars and the closing summary
stages           what is computed, each result through the cache
vit_found        the real ViTs that a build has, and why it has no others
vit_stages       the same of the real ViTs
model_entry      a model onto the site
vit_publish      what is published of the real ViTs
live_publish     what readers run themselves
publish          what is published, and under which name
serve            the site on this machine, rebuilt on change
cli              the command line
"""

import os

# ONNX Runtime's packages send usage data to their maker, unless this is set when they are imported. A build sends none.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
