"""Random numbers that depend on a key alone, the same on every machine."""

from math import prod, sqrt

import numpy as np


def uniform(shape: tuple[int, ...], *key: int) -> np.ndarray:
    """Uniform numbers in [0, 1) that depend on the key alone: raw Philox bits, which no numpy release may change."""
    bits = np.random.Philox(np.random.SeedSequence([int(part) for part in key])).random_raw(prod(shape))
    return ((bits >> np.uint64(11)) * 2.0**-53).reshape(shape)


def normal(shape: tuple[int, ...], *key: int) -> np.ndarray:
    """Nearly normal numbers, mean 0, sd 1, never beyond 3.5: a sum of four uniforms, so without logarithms."""
    first, second, third, fourth = uniform((4, *shape), *key)
    return (first + second + third + fourth - 2) * sqrt(3)


def smooth(noise: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Moving sum along the last axis, which loses len(kernel) - 1 places; unit sd in, unit sd out."""
    width = noise.shape[-1] - len(kernel) + 1
    total = sum(weight * noise[..., offset : offset + width] for offset, weight in enumerate(kernel[::-1]))
    return total / sqrt(sum(weight * weight for weight in kernel.tolist()))
