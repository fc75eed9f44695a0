"""The compiled engine: K-means at finite temperature over a tree of points, with whole runs in loops.

Numba's cache only notices changes in this file, so all that the loops call or read is in it. The readable
definition of each method is in `assignments` and `methods`; the tests compare the two.

The points are sorted into a k-d tree whose leaves hold 64 points. A pass walks down the tree with a list of
candidates: the centroids that may matter to some point below. Two exact tests drop candidates. Where one is
left, the node's sums are the answer; at a leaf with more, loops over its points do the work. Sums over points
are kept in lanes that are added up in one order, and nothing is contracted or reordered. So they have the
same bits on every processor, however wide its vectors are.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import cfunc, njit, types
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Points in a full leaf.
LEAF = 64
#: Lanes in which a sum over a leaf's points is kept: a quarter of a leaf.
LANES = 16
#: In more dimensions than this, moments are summed row by row, and not in lanes.
FEW_DIMS = 8
#: Relative rounding error that the tests allow for. At worst, a candidate too many is kept.
ROUNDING = 1e-13
#: A cluster whose total weight is at most this is empty.
EMPTY = 1e-290
#: If a soft cluster weighs less than this many points, no terms are left out: its mean might show them.
FAINT = 5.0
#: Most candidates for which hard sums are taken in lanes; with more, point by point.
MASKED = 6
#: The most steps to entmax-1.5's threshold; three are usual. The first ones are exact if the support stays.
STEPS, EXACT_STEPS = 60, 6

# e^r = 1 + r + r²(E2 + E3·r + … + E11·r⁹) for |r| ≤ ln 2/2, interpolated at Chebyshev's points; ln 2 in two
# parts; and 1.5·2^52, whose addition rounds to an integer.
E2, E3, E4, E5 = 0.5000000000000001, 0.16666666666666669, 0.041666666666624164, 0.008333333333330065
E6, E7, E8 = 0.0013888888917196881, 0.0001984126986304067, 2.4801521322116825e-05
E9, E10, E11 = 2.7557268480116333e-06, 2.762007599981065e-07, 2.5100375924709717e-08
LOG2_E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 0.6931471803691238, 1.9082149292705877e-10
ROUNDER = 6755399441055744.0

#: Type of a function that shares a leaf's points: (scores (m, 64), gain (64,), entropy (64,)) -> None.
SHARE = types.void(types.float64[:, ::1], types.float64[::1], types.float64[::1])

# How a leaf's points are shared, and how centroids follow.
HARD, SOFTMAX, LOG_SUM_EXP, ENTMAX15, CUSTOM, LABELS = range(6)
MEANS, MEMBERSHIP_SUMS, GRADIENT_STEP = range(3)


class Tree(NamedTuple):
    """Points in a k-d tree with N nodes in preorder and L leaves.

    Attributes
    ----------
    rows, order : array (n, d), (n,)
        The centred points, leaf after leaf, and the number of the point in each row.
    columns : array (L, d, 64)
        The rows of a leaf by dimension; the last leaf is filled up with zeros.
    leaf, after, depth : array (N,), (N,), (1,)
        A node's leaf, -1 for an inner node; the first node after its subtree; the number of levels.
    size, radius, scatter : array (N,)
        Number of a node's points, their largest distance from `middle`, and Σ‖x − mean‖².
    middle, half, mean, total : array (N, d)
        Middle and half widths of the bounding box; mean and sum of the points.
    """

    rows: Floats
    order: Integers
    columns: Floats
    leaf: Integers
    after: Integers
    depth: Integers
    size: Integers
    radius: Floats
    scatter: Floats
    middle: Floats
    half: Floats
    mean: Floats
    total: Floats


@cfunc(SHARE)
def no_share(scores, gain, entropy):
    """Take the place of a share function where none is called."""


@njit(forceinline=True)
def _select(keys, order, low, high, rank):
    """Move the smallest keys of [low, high) before `rank`, and their points with them (quickselect)."""
    high -= 1
    while low < high:
        pivot = keys[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            return


@njit(cache=True)
def grow(points):
    """Sort centred points (n, d) into a tree: split the widest side near its middle, into full leaves."""
    n, d = points.shape
    n_leaves = (n + LEAF - 1) // LEAF
    n_nodes = 2 * n_leaves - 1
    order, keys = np.arange(n), np.empty(n)
    leaf, after, count = np.full(n_nodes, -1), np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64)
    radius, scatter = np.empty(n_nodes), np.empty(n_nodes)
    middle, half = np.empty((n_nodes, d)), np.empty((n_nodes, d))
    mean, total = np.zeros((n_nodes, d)), np.zeros((n_nodes, d))
    rows, columns = np.empty((n, d)), np.zeros((n_leaves, d, LEAF))
    low, high = np.empty(d), np.empty(d)
    stack = np.empty((n_leaves + 1, 4), np.int64)
    stack[0] = (0, 0, n, 1)
    top, depth = 1, 1
    while top:
        top -= 1
        node, first, end, level = stack[top, 0], stack[top, 1], stack[top, 2], stack[top, 3]
        depth = max(depth, level)
        low[:], high[:] = np.inf, -np.inf
        for i in range(first, end):
            for j in range(d):
                x = points[order[i], j]
                low[j], high[j] = min(low[j], x), max(high[j], x)
        widest = 0
        for j in range(d):
            middle[node, j] = (low[j] + high[j]) / 2
            half[node, j] = max(high[j] - middle[node, j], middle[node, j] - low[j])
            if half[node, j] > half[node, widest]:
                widest = j
        furthest = 0.0
        for i in range(first, end):
            s = 0.0
            for j in range(d):
                s += (points[order[i], j] - middle[node, j]) ** 2
            furthest = max(furthest, s)
        size = end - first
        radius[node], count[node] = math.sqrt(furthest), size
        leaves = (size + LEAF - 1) // LEAF
        after[node] = node + 2 * leaves - 1
        if leaves == 1:
            leaf[node] = first // LEAF
            continue
        below = 0
        for i in range(first, end):
            keys[i] = points[order[i], widest]
            below += keys[i] < middle[node, widest]
        left = min(max((below + LEAF // 2) // LEAF, 1), leaves - 1)
        _select(keys, order, first, end, first + left * LEAF)
        stack[top] = (node + 2 * left, first + left * LEAF, end, level + 1)
        stack[top + 1] = (node + 1, first, first + left * LEAF, level + 1)
        top += 2
    for i in range(n):
        for j in range(d):
            rows[i, j] = points[order[i], j]
            columns[i // LEAF, j, i % LEAF] = rows[i, j]
    for node in range(n_nodes - 1, -1, -1):
        scatter[node] = 0.0
        if leaf[node] >= 0:
            first = leaf[node] * LEAF
            for i in range(first, first + count[node]):
                total[node] += rows[i]
            mean[node] = total[node] / count[node]
            for i in range(first, first + count[node]):
                for j in range(d):
                    scatter[node] += (rows[i, j] - mean[node, j]) ** 2
        else:
            one, other = node + 1, after[node + 1]
            total[node] = total[one] + total[other]
            mean[node] = total[node] / count[node]
            for child in (one, other):
                apart = 0.0
                for j in range(d):
                    apart += (mean[child, j] - mean[node, j]) ** 2
                scatter[node] += scatter[child] + count[child] * apart
    levels = np.array([depth])
    return Tree(rows, order, columns, leaf, after, levels, count, radius, scatter, middle, half, mean, total)


@njit(forceinline=True)
def _fold(lanes):
    """Add up 16 lanes in one order."""
    a = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    b = ((lanes[8] + lanes[9]) + (lanes[10] + lanes[11])) + (
        (lanes[12] + lanes[13]) + (lanes[14] + lanes[15])
    )
    return a + b


@njit(forceinline=True)
def _apart(a, i, b, k, lanes):
    """‖a_i − b_k‖² of two rows, in lanes where there are many dimensions."""
    d, s = a.shape[1], 0.0
    whole = d // LANES * LANES
    if whole:
        u, v = a[i], b[k]
        lanes[:] = 0.0
        for start in range(0, whole, LANES):
            for lane in range(len(lanes)):
                lanes[lane] += (u[start + lane] - v[start + lane]) ** 2
        s = _fold(lanes)
    for j in range(whole, d):
        s += (a[i, j] - b[k, j]) ** 2
    return s


@njit(forceinline=True)
def _across(half, node, centroids, c, f, lanes):
    """Σ half·|c − f| over the half widths of a node's box, in lanes likewise."""
    d, s = centroids.shape[1], 0.0
    whole = d // LANES * LANES
    if whole:
        w, u, v = half[node], centroids[c], centroids[f]
        lanes[:] = 0.0
        for start in range(0, whole, LANES):
            for lane in range(len(lanes)):
                lanes[lane] += w[start + lane] * abs(u[start + lane] - v[start + lane])
        s = _fold(lanes)
    for j in range(whole, d):
        s += half[node, j] * abs(centroids[c, j] - centroids[f, j])
    return s


@njit(forceinline=True)
def _narrow(middle, half, radius, node, centroids, slack, candidates, begin, end, squares, lanes):
    """Append those of the candidates [begin, end) that may matter to a node's points; return the new end.

    Let f be the candidate nearest to the box's middle m. For every point x of the node,
    ‖x − c‖² − ‖x − f‖² ≥ ‖c − m‖² − ‖f − m‖² − 2·min(Σ half·|c − f|, radius·‖c − f‖), as the left
    side is linear in x. If this exceeds `slack`, the reach in squared distance, c does not matter. A
    candidate whose bounds overflow is kept.
    """
    nearest, smallest = candidates[begin], np.inf
    for i in range(begin, end):
        s = _apart(centroids, candidates[i], middle, node, lanes)
        squares[i] = s
        if s < smallest:
            nearest, smallest = candidates[i], s
    limit, ball, closest, new = smallest + slack, 4 * radius[node] ** 2, math.sqrt(smallest), end
    for i in range(begin, end):
        c = candidates[i]
        excess = squares[i] * (1 - ROUNDING) - limit
        # Since ‖c − f‖ ≥ ‖c − m‖ − ‖f − m‖, no test can pass where ‖c − m‖ + ‖f − m‖ is at most the radius.
        if excess > 0 and math.sqrt(squares[i]) + closest > radius[node]:
            apart = ball * _apart(centroids, c, centroids, nearest, lanes)
            if excess * excess > apart:
                continue
            if 4 * excess * excess > apart and excess > 2 * _across(half, node, centroids, c, nearest, lanes):
                continue
        candidates[new] = c
        new += 1
    return new


@njit(forceinline=True)
def _narrow_in_plane(middle, half, radius, node, slack, candidates, begin, end, squares, xs, ys):
    """The same in two dimensions, with the candidates' coordinates beside them: four times as fast."""
    x, y, wide, high = middle[node, 0], middle[node, 1], 2 * half[node, 0], 2 * half[node, 1]
    nearest, smallest = begin, np.inf
    for i in range(begin, end):
        s = (xs[i] - x) ** 2 + (ys[i] - y) ** 2
        squares[i] = s
        if s < smallest:
            nearest, smallest = i, s
    limit, ball, new = smallest + slack, 4 * radius[node] ** 2, end
    x, y = xs[nearest], ys[nearest]
    for i in range(begin, end):
        excess = squares[i] * (1 - ROUNDING) - limit
        if excess > 0:
            u, v = abs(xs[i] - x), abs(ys[i] - y)
            if excess > wide * u + high * v or excess * excess > ball * (u * u + v * v):
                continue
        candidates[new], xs[new], ys[new] = candidates[i], xs[i], ys[i]
        new += 1
    return new


@njit(forceinline=True)
def _exp(x):
    """e^x for −708 < x ≤ 0, within one unit in the last place, by the same operations on every processor."""
    shifted = x * LOG2_E + ROUNDER
    k = shifted - ROUNDER
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    s = r * r
    p = ((E2 + E3 * r) + s * (E4 + E5 * r)) + s * s * (
        ((E6 + E7 * r) + s * (E8 + E9 * r)) + s * s * (E10 + E11 * r)
    )
    power = np.float64(shifted).view(np.int64) << 52
    return np.int64(np.float64(1.0 + (r + s * p)).view(np.int64) + power).view(np.float64)


@njit(forceinline=True)
def _share_by_exponentials(squares, m, smallest, inverse, total, entropy):
    """Boltzmann weights in place of squared distances, not normalised; Σ w and Σ w·score (Eq. 19)."""
    size = squares.shape[1]
    for p in range(size):
        total[p], entropy[p] = 0.0, 0.0
    for c in range(m):
        for p in range(size):
            z = (smallest[p] - squares[c, p]) * inverse
            z = z if z > -700.0 else -700.0
            w = _exp(z)
            squares[c, p] = w
            total[p] += w
            entropy[p] -= w * z


@njit(forceinline=True)
def _share_by_entmax15(squares, m, smallest, inverse, threshold, gain, entropy, norm, linear, support):
    """[θ − s]²₊ of s = score/2 in place of squared distances, with the θ at which they sum to 1.

    The steps to θ start at 1. The first few are exact if the support stays the same; the others are Newton's.
    """
    size = squares.shape[1]
    if m == 2:  # θ in closed form
        for p in range(size):
            s = abs(squares[1, p] - squares[0, p]) * (0.5 * inverse)
            s = s if s < 1.0 else 1.0
            near = 0.5 * (s + math.sqrt(2.0 - s * s))
            far = near - s
            u, w, first = near * near, far * far, squares[0, p] <= squares[1, p]
            squares[0, p], squares[1, p] = u if first else w, w if first else u
            h = 4.0 / 3.0 * (1.0 - (u * near + w * far))
            entropy[p] = h if h > 0.0 else 0.0
            gain[p] = 2.0 * w * s - entropy[p]
        return
    for p in range(size):
        threshold[p], gain[p], entropy[p] = 1.0, 0.0, 0.0
    for c in range(m):
        for p in range(size):
            s = (squares[c, p] - smallest[p]) * (0.5 * inverse)
            squares[c, p] = s if s < 1.0 else 1.0
    for step in range(STEPS):
        for p in range(size):
            norm[p], linear[p], support[p] = 0.0, 0.0, 0.0
        for c in range(m):
            for p in range(size):
                root = threshold[p] - squares[c, p]
                inside = 1.0 if root > 0.0 else 0.0
                root *= inside
                norm[p] += root * root
                linear[p] += root
                support[p] += inside
        moving = 0
        for p in range(size):
            excess = norm[p] - 1.0
            if step < EXACT_STEPS:
                discriminant = linear[p] * linear[p] - support[p] * excess
                move = excess / (linear[p] + math.sqrt(discriminant if discriminant > 0.0 else 0.0))
            else:
                move = 0.5 * excess / linear[p]
            move = move if abs(move) > 2e-16 else 0.0
            threshold[p] -= move
            moving += 1 if abs(move) > 1e-9 else 0  # the next step is about the square of this one
        if moving == 0:
            break
    for c in range(m):
        for p in range(size):
            root = threshold[p] - squares[c, p]
            root = root if root > 0.0 else 0.0
            u = root * root
            gain[p] += u * squares[c, p]
            entropy[p] += u * root
            squares[c, p] = u
    for p in range(size):
        h = 4.0 / 3.0 * (1.0 - entropy[p])
        entropy[p] = h if h > 0.0 else 0.0
        gain[p] = 2.0 * gain[p] - entropy[p]


@njit(forceinline=True)
def _squares(columns, leaf, centroids, candidates, begin, m, squares):
    """Squared distances of a leaf's points to the candidates, (m, 64)."""
    d, size = centroids.shape[1], squares.shape[1]
    fours = d // 4 * 4
    for c in range(m):
        for p in range(size):
            squares[c, p] = 0.0
    for c in range(0, m - 1, 2):  # two at once: loading the points takes the time
        k, o = candidates[begin + c], candidates[begin + c + 1]
        for j in range(0, fours, 4):
            x, y, z, w = centroids[k, j], centroids[k, j + 1], centroids[k, j + 2], centroids[k, j + 3]
            e, f, g, h = centroids[o, j], centroids[o, j + 1], centroids[o, j + 2], centroids[o, j + 3]
            for p in range(LEAF):
                q, r = columns[leaf, j, p], columns[leaf, j + 1, p]
                s, t = columns[leaf, j + 2, p], columns[leaf, j + 3, p]
                squares[c, p] += ((q - x) ** 2 + (r - y) ** 2) + ((s - z) ** 2 + (t - w) ** 2)
                squares[c + 1, p] += ((q - e) ** 2 + (r - f) ** 2) + ((s - g) ** 2 + (t - h) ** 2)
    for c in range(m // 2 * 2, m):
        k = candidates[begin + c]
        for j in range(0, fours, 4):
            x, y, z, w = centroids[k, j], centroids[k, j + 1], centroids[k, j + 2], centroids[k, j + 3]
            for p in range(LEAF):
                squares[c, p] += ((columns[leaf, j, p] - x) ** 2 + (columns[leaf, j + 1, p] - y) ** 2) + (
                    (columns[leaf, j + 2, p] - z) ** 2 + (columns[leaf, j + 3, p] - w) ** 2
                )
    for c in range(m):
        k = candidates[begin + c]
        for j in range(fours, d):
            x = centroids[k, j]
            for p in range(size):
                squares[c, p] += (columns[leaf, j, p] - x) ** 2


@njit(forceinline=True)
def _squares_in_plane(columns, leaf, centroids, candidates, begin, m, squares, smallest):
    """The same in two dimensions, and the smallest of each point."""
    size = squares.shape[1]
    for p in range(size):
        smallest[p] = np.inf
    for c in range(m):
        x, y = centroids[candidates[begin + c], 0], centroids[candidates[begin + c], 1]
        for p in range(size):
            s = (columns[leaf, 0, p] - x) ** 2 + (columns[leaf, 1, p] - y) ** 2
            squares[c, p] = s
            smallest[p] = s if s < smallest[p] else smallest[p]


@njit(forceinline=True)
def _label(columns, leaf, centroids, candidates, begin, m, squares, smallest, label):
    """The nearest candidate of a leaf's points, the first among equals, and its squared distance."""
    size = squares.shape[1]
    if centroids.shape[1] != 2:
        _squares(columns, leaf, centroids, candidates, begin, m, squares)
    for p in range(size):
        smallest[p], label[p] = np.inf, 0.0
    for c in range(m):
        k, number = candidates[begin + c], float(c)
        if centroids.shape[1] == 2:
            x, y = centroids[k, 0], centroids[k, 1]
            for p in range(size):
                s = (columns[leaf, 0, p] - x) ** 2 + (columns[leaf, 1, p] - y) ** 2
                closer = s < smallest[p]
                smallest[p] = s if closer else smallest[p]
                label[p] = number if closer else label[p]
        else:
            for p in range(size):
                closer = squares[c, p] < smallest[p]
                smallest[p] = squares[c, p] if closer else smallest[p]
                label[p] = number if closer else label[p]


@njit(forceinline=True)
def _add(columns, rows, leaf, count, shares, factor, scaled, m, candidates, begin, sums, moments):
    """Add a leaf's Σ u and Σ u·x to those of the candidates, where u is a share times the point's factor."""
    few, d, first = sums.shape[1] > 1, columns.shape[1], leaf * LEAF
    lanes, size = sums.shape[2], shares.shape[1]
    if few:
        for j in range(d):
            for p in range(size):
                scaled[j, p] = factor[p] * columns[leaf, j, p]
    for c in range(m):
        k = candidates[begin + c]
        for q in range(lanes):
            sums[k, 0, q] += (shares[c, q] * factor[q] + shares[c, q + 16] * factor[q + 16]) + (
                shares[c, q + 32] * factor[q + 32] + shares[c, q + 48] * factor[q + 48]
            )
        if few:
            for j in range(d):
                for q in range(lanes):
                    sums[k, j + 1, q] += (
                        shares[c, q] * scaled[j, q] + shares[c, q + 16] * scaled[j, q + 16]
                    ) + (shares[c, q + 32] * scaled[j, q + 32] + shares[c, q + 48] * scaled[j, q + 48])
        else:
            for p in range(0, count - 3, 4):
                a, b, g, h = shares[c, p], shares[c, p + 1], shares[c, p + 2], shares[c, p + 3]
                if a != 0 or b != 0 or g != 0 or h != 0:
                    i = first + p
                    a, b, g, h = a * factor[p], b * factor[p + 1], g * factor[p + 2], h * factor[p + 3]
                    for j in range(d):
                        moments[k, j] += (a * rows[i, j] + b * rows[i + 1, j]) + (
                            g * rows[i + 2, j] + h * rows[i + 3, j]
                        )
            for p in range(count // 4 * 4, count):
                for j in range(d):
                    moments[k, j] += shares[c, p] * factor[p] * rows[first + p, j]


@njit(forceinline=True)
def _add_labelled(columns, leaf, label, m, candidates, begin, sums):
    """The same for a leaf each of whose points belongs to one candidate."""
    d, lanes = columns.shape[1], sums.shape[2]
    for c in range(m):
        k, number = candidates[begin + c], float(c)
        for q in range(lanes):
            e, f = 1.0 if label[q] == number else 0.0, 1.0 if label[q + 16] == number else 0.0
            g, h = 1.0 if label[q + 32] == number else 0.0, 1.0 if label[q + 48] == number else 0.0
            sums[k, 0, q] += (e + f) + (g + h)
        for j in range(d):
            for q in range(lanes):
                e = columns[leaf, j, q] if label[q] == number else 0.0
                f = columns[leaf, j, q + 16] if label[q + 16] == number else 0.0
                g = columns[leaf, j, q + 32] if label[q + 32] == number else 0.0
                h = columns[leaf, j, q + 48] if label[q + 48] == number else 0.0
                sums[k, j + 1, q] += (e + f) + (g + h)


@njit(inline="always")
def _pass(tree, centroids, temperature, reach, kind, share, work, weights, moments, values, labels, smallest):
    """One pass over the points: weights, moments, and J, gain and entropy as `values`."""
    n_clusters, d = centroids.shape
    candidates, stack, near, squares, lanes, points, scaled, sums = work
    rows, columns, leaves, after, counts = tree.rows, tree.columns, tree.leaf, tree.after, tree.size
    order, radius, means, totals, scatter = tree.order, tree.radius, tree.mean, tree.total, tree.scatter
    middle, half, size = tree.middle, tree.half, squares.shape[1]
    best, total, gain, entropy, factor = points[0], points[1], points[2], points[3], points[4]
    objective, gains, entropies, product = points[5], points[6], points[7], points[8]
    norm, linear = points[9], points[10]
    weights[:], moments[:], sums[:] = 0.0, 0.0, 0.0
    objective[:], gains[:], entropies[:], product[:] = 0.0, 0.0, 0.0, 1.0
    fixed, few, logs = 0.0, sums.shape[1] > 1, 0.0
    slack = reach * temperature if reach > 0 else 0.0
    inverse = 1.0 / max(temperature, 1e-300)
    # Each total is at most K: after this many leaves, logarithms are taken, so that no product overflows.
    patience, waiting = max(1, int(600 / math.log(n_clusters + 1.0))), 0
    apart, xs, ys = near[0], near[1], near[2]
    for c in range(n_clusters):
        candidates[c] = c
        if d == 2:
            xs[c], ys[c] = centroids[c, 0], centroids[c, 1]
    stack[0] = (0, 0, n_clusters)
    top = 1
    while top:
        top -= 1
        node, begin, end = stack[top, 0], stack[top, 1], stack[top, 2]
        if end - begin > 1:
            if d == 2:
                new = _narrow_in_plane(
                    middle, half, radius, node, slack, candidates, begin, end, apart, xs, ys
                )
            else:
                new = _narrow(
                    middle, half, radius, node, centroids, slack, candidates, begin, end, apart, lanes
                )
            begin, end = end, new
        m, leaf = end - begin, leaves[node]
        if m == 1 and kind != LABELS:
            k = candidates[begin]
            weights[k] += counts[node]
            for j in range(d):
                moments[k, j] += totals[node, j]
            fixed += scatter[node] + counts[node] * _apart(centroids, k, means, node, lanes)
            continue
        if leaf < 0:
            stack[top] = (after[node + 1], begin, end)
            stack[top + 1] = (node + 1, begin, end)
            top += 2
            continue
        count = counts[node]
        if kind in (HARD, LABELS):
            _label(columns, leaf, centroids, candidates, begin, m, squares, best, total)
            for p in range(count, size):
                best[p], total[p] = 0.0, -1.0
            for p in range(size):
                objective[p] += best[p]
            if kind == LABELS:
                for p in range(count):
                    i = order[leaf * LEAF + p]
                    labels[i], smallest[i] = candidates[begin + int(total[p])], best[p]
            elif few and m <= MASKED:
                _add_labelled(columns, leaf, total, m, candidates, begin, sums)
            else:
                for p in range(count):
                    k, i = candidates[begin + int(total[p])], leaf * LEAF + p
                    weights[k] += 1.0
                    for j in range(d):
                        moments[k, j] += rows[i, j]
            continue
        if d == 2:
            _squares_in_plane(columns, leaf, centroids, candidates, begin, m, squares, best)
        else:
            _squares(columns, leaf, centroids, candidates, begin, m, squares)
            for p in range(size):
                best[p] = squares[0, p]
            for c in range(1, m):
                for p in range(size):
                    best[p] = squares[c, p] if squares[c, p] < best[p] else best[p]
        if kind in (SOFTMAX, LOG_SUM_EXP):
            _share_by_exponentials(squares, m, best, inverse, total, entropy)
            for p in range(count, size):
                total[p] = 1.0
            for p in range(size):
                factor[p] = 1.0 / total[p]
                product[p] *= total[p]
                entropy[p] *= factor[p]
                gain[p] = 0.0
            if kind == LOG_SUM_EXP:
                for p in range(size):
                    factor[p] = math.exp(-math.log(total[p]))
            waiting += 1
            if waiting == patience:
                for p in range(size):
                    logs += math.log(product[p])
                    product[p] = 1.0
                waiting = 0
        elif kind == ENTMAX15:
            _share_by_entmax15(squares, m, best, inverse, total, gain, entropy, norm, linear, factor)
        else:
            for c in range(m):
                for p in range(size):
                    squares[c, p] = (squares[c, p] - best[p]) * inverse
            share(squares[:m], gain, entropy)
        if kind not in (SOFTMAX, LOG_SUM_EXP):
            for p in range(size):
                factor[p] = 1.0
        for p in range(count, size):
            best[p], gain[p], entropy[p], factor[p] = 0.0, 0.0, 0.0, 0.0
        for p in range(size):
            objective[p] += best[p]
            gains[p] += gain[p]
            entropies[p] += entropy[p]
        _add(columns, rows, leaf, count, squares, factor, scaled, m, candidates, begin, sums, moments)
    for p in range(size):
        logs += math.log(product[p])
    for k in range(n_clusters):
        weights[k] += _fold(sums[k, 0])
        if few:
            for j in range(d):
                moments[k, j] += _fold(sums[k, j + 1])
    values[0], values[1], values[2] = fixed, -logs, logs
    for p in range(size):
        values[0] += objective[p]
        values[1] += gains[p]
        values[2] += entropies[p]


@njit(inline="always")
def _update(update, weights, moments, state):
    """Turn the sums of a pass into the next state (see `methods`); an empty cluster keeps its state."""
    d = moments.shape[1]
    for k in range(len(weights)):
        w = weights[k]
        if w > EMPTY:
            for j in range(d):
                if update == MEANS:
                    state[k, j] = moments[k, j] / w
                elif update == MEMBERSHIP_SUMS:
                    state[k, j] = moments[k, j]
                else:
                    state[k, j] -= 1.0 / (2.0 * w) * (2.0 * (w * state[k, j] - moments[k, j]))
            if update == MEMBERSHIP_SUMS:
                state[k, d] = w


@njit(cache=True)
def iterate(tree, assignment, stop, state, update, t, rows, places, weights, moments, labels, smallest):
    """Iterate until a run stops or has an empty cluster.

    Parameters
    ----------
    tree : Tree
    assignment : tuple (kind, share, temperature, reach)
        How points are shared, the function that does it if the kind is CUSTOM, T, and the reach in T.
    stop : tuple (last, soft, tolerance, shift_tolerance, first)
        See `stretch.Stop`.
    state : array (K, d), or (K, d + 1) for sums of memberships
        It becomes the state of the last iteration.
    update : int
        How the next state follows from the sums.
    t : int
        Number of the first iteration. Its row has the shift already.
    rows, places : array (iterations, 4), (iterations or 0, K, d)
        J, J̃ − J, entropy and shift of each iteration, and the centroids; filled from t on.
    weights, moments : array (K,), (K, d)
        The sums of the last iteration.
    labels, smallest : array (n,)
        Filled where the kind is LABELS.

    Returns
    -------
    t, converged : int, bool
        Number of the last iteration, and whether the run has converged with it.
    """
    kind, share, temperature, reach = assignment
    last, soft, tolerance, shift_tolerance, first = stop
    n_clusters, d = moments.shape
    slots, n_lanes = (tree.depth[0] + 2) * n_clusters, d + 1 if d <= FEW_DIMS else 1
    work = (
        np.empty(slots, np.int64),
        np.empty((tree.depth[0] + 2, 3), np.int64),
        np.empty((3, slots)),
        np.empty((n_clusters, LEAF)),
        np.empty(LANES),
        np.empty((11, LEAF)),
        np.empty((n_lanes - 1, LEAF)),
        np.empty((n_clusters, n_lanes, LANES)),
    )
    centroids, values, moving = np.zeros((n_clusters, d)), np.empty(3), False
    while True:
        moved = 0.0
        for k in range(n_clusters):
            for j in range(d):
                place = state[k, j] / state[k, d] if update == MEMBERSHIP_SUMS else state[k, j]
                moved += (place - centroids[k, j]) ** 2
                centroids[k, j] = place
        if moving:
            rows[t, 3] = math.sqrt(moved)
        further = reach
        while True:  # where exponentials are cut off, faint clusters are summed again over all points
            _pass(
                tree,
                centroids,
                temperature,
                further,
                kind,
                share,
                work,
                weights,
                moments,
                values,
                labels,
                smallest,
            )
            if kind not in (SOFTMAX, LOG_SUM_EXP) or further == np.inf or weights.min() >= FAINT:
                break
            further = np.inf
        rows[t, 0], rows[t, 1], rows[t, 2] = values[0], temperature * values[1], values[2]
        own = values[0] + (rows[t, 1] if soft else 0.0)
        if len(places):
            places[t] = centroids
        if shift_tolerance >= 0:
            converged = rows[t, 3] <= shift_tolerance
        else:
            before = rows[t - 1, 0] + (rows[t - 1, 1] if soft else 0.0)
            converged = t > 0 and before - own <= tolerance * abs(before)
        converged = converged and t >= first
        if converged or t == last or weights.min() <= EMPTY:
            return t, converged
        _update(update, weights, moments, state)
        t, moving = t + 1, True
