"""Put rendered figures into one small picture for the README, so many in a row.

python tools/readme_picture.py docs/paper1.png 4 results/figures/paper1/fig{1,2,3,4,5,6,7,8}.png
python tools/readme_picture.py docs/paper2.png 1 results/figures/paper2/fig1.png
python tools/readme_picture.py docs/sweep.png 1 results/figures/sweep/success.png
"""

import sys

from PIL import Image, ImageOps

#: Pixels of the picture's width, at most.
WIDTH = 2400

target, columns, *sources = sys.argv[1:]
pictures = [Image.open(source).convert("RGB") for source in sources]
width = min(WIDTH // int(columns), pictures[0].width)
pictures = [picture.resize((width, picture.height * width // picture.width)) for picture in pictures]
height = max(picture.height for picture in pictures)
sheet = Image.new("RGB", (width * int(columns), height * -(-len(pictures) // int(columns))))
for i, picture in enumerate(pictures):
    place = width * (i % int(columns)), height * (i // int(columns))
    sheet.paste(ImageOps.pad(picture, (width, height), color="white"), place)
sheet.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
