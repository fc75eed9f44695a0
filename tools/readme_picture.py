"""Put rendered figures side by side into one picture for the README.

python tools/readme_picture.py docs/paper1.png 4 results/figures/paper1/fig{1,2,3,4,5,6,7,8}.png
"""

import sys

from matplotlib.figure import Figure
from matplotlib.image import imread

target, columns, *sources = sys.argv[1:]
rows = -(-len(sources) // int(columns))
figure = Figure(figsize=(3 * int(columns), 2.9 * rows), dpi=110, layout="constrained")
for axes, source in zip(figure.subplots(rows, int(columns)).flat, sources, strict=True):
    axes.imshow(imread(source), interpolation="antialiased")
    axes.axis("off")
figure.savefig(target)
