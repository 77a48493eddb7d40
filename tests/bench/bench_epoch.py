"""One training epoch of relation-wise message passing: `Relation` against PyG's HeteroConv of SAGEConv.

    python tests/bench/bench_epoch.py [--firms 1000000] [--links 10000000] [--epochs 3] [--device cuda]

Both compute the same on the same data, drawn at random: three relations, two layers of width 32, the mean over the
neighbours of each relation and the firm itself through linear maps, summed over relations, ReLU between the layers; an
epoch is forward, backward and a step of Adam. That outputs and gradients agree is checked first, on a small graph.
Beside them the model that scgraph ships: one evaluation, with its gradient, of the loss that its transmissions are
fitted by, over as many links in both directions. Figures are medians of the epochs after a first one; memory is the
largest resident set over that with the data in place, each way in a process of its own. Two threads. With --device
cuda the sums run there, and memory is the device's.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

# torch-geometric decorates with torch.jit.script on import, which torch deprecates.
warnings.filterwarnings("ignore", message=".*torch.jit.script.*")

from torch_geometric.nn import HeteroConv, SAGEConv

from supplyrisk.gnn.data.hetero_data import MAX_ATTRIBUTES, Channels
from supplyrisk.gnn.network.hazard_propagation import Transmission, propagate
from supplyrisk.gnn.network.member import log_loss
from supplyrisk.gnn.network.neighbour_sums import NeighbourSums

RELATIONS = ("supplies", "carries", "owns")
HIDDEN = 32


def ends_of(firms: int, links: int) -> dict[str, Tensor]:
    """[2, links] per relation, drawn at random."""
    made = torch.Generator().manual_seed(1)
    sizes = [links * share // 10 for share in (6, 3, 1)]
    return {n: torch.randint(firms, (2, k), generator=made) for n, k in zip(RELATIONS, sizes, strict=True)}


class Ours(nn.Module):
    """x_i' = R x_i + b + sum over relations r of mean_r(L_r x)_i; what is gathered is transformed first.

    relations: by name, both directions made; none where only the weights are wanted.
    """

    def __init__(self, relations: dict[str, NeighbourSums]) -> None:
        super().__init__()
        self.relations = relations
        self.left = nn.ModuleList(
            nn.ModuleDict({n: nn.Linear(HIDDEN, HIDDEN, bias=False) for n in RELATIONS}) for _ in "12"
        )
        self.right = nn.ModuleList(nn.Linear(HIDDEN, HIDDEN) for _ in "12")
        self.out = nn.Linear(HIDDEN, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [firms]."""
        for left, right in zip(self.left, self.right, strict=True):
            y = right(x)
            for name, relation in self.relations.items():
                y += relation.mean(left[name](x))
            x = y.relu_()
        return self.out(x)[:, 0]


class Theirs(nn.Module):
    """PyG's layers with the same weights: the first relation's convolution has the root's map and bias."""

    def __init__(self, ends: dict[str, Tensor], ours: Ours) -> None:
        super().__init__()
        self.edges = {("firm", name, "firm"): e for name, e in ends.items()}
        self.layers = nn.ModuleList()
        for left, right in zip(ours.left, ours.right, strict=True):
            convs = {}
            for number, kind in enumerate(self.edges):
                convs[kind] = SAGEConv(HIDDEN, HIDDEN, root_weight=number == 0)
                convs[kind].lin_l.weight.data = left[kind[1]].weight.data.clone()
                convs[kind].lin_l.bias.data = right.bias.data * (number == 0)
                if number == 0:
                    convs[kind].lin_r.weight.data = right.weight.data.clone()
            self.layers.append(HeteroConv(convs, aggr="sum"))
        self.out = deepcopy(ours.out)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [firms]."""
        for layer in self.layers:
            x = layer({"firm": x}, self.edges)["firm"].relu()
        return self.out(x)[:, 0]


def ours_of(ends: dict[str, Tensor], firms: int) -> Ours:
    """Our model, both directions of every relation in place."""
    torch.manual_seed(0)
    relations = {n: NeighbourSums.of(e[0], e[1], firms, firms) for n, e in ends.items()}
    for relation in relations.values():
        relation.backward  # noqa: B018 - made now: it is data
    return Ours(relations)


def agree(firms: int = 2000, links: int = 20_000) -> None:
    """Stop where the two ways differ by more than 1e-4 in an output, or in the gradient by the inputs."""
    ends = ends_of(firms, links)
    ours = ours_of(ends, firms)
    theirs = Theirs(ends, ours)
    found = []
    for way in (ours, theirs):
        x = torch.randn(firms, HIDDEN, generator=torch.Generator().manual_seed(2)).requires_grad_()
        y = way(x)
        y.sum().backward()
        found.append((y.detach(), x.grad))
    for one, other in zip(*found, strict=True):
        assert (one - other).abs().max() < 1e-4, (one - other).abs().max()
    print("outputs and gradients agree to 1e-4")


def network(which: str, firms: int, links: int, device: torch.device) -> Callable[[], None]:
    """An epoch of one of the two."""
    ends = {name: e.to(device) for name, e in ends_of(firms, links).items()}
    model = (ours_of(ends, firms) if which == "ours" else Theirs(ends, Ours({}))).to(device)
    x, y = torch.randn(firms, HIDDEN, device=device), (torch.rand(firms, device=device) < 0.03).float()
    solver = torch.optim.Adam(model.parameters(), 1e-3)

    def epoch() -> None:
        solver.zero_grad()
        binary_cross_entropy_with_logits(model(x), y).backward()
        solver.step()

    return epoch


def shipped(firms: int, links: int, device: torch.device) -> Callable[[], None]:
    """One evaluation of the loss that transmissions are fitted by, with its gradient."""
    ends = torch.cat(list(ends_of(firms, links).values()), 1)
    source, target = torch.cat([ends[0], ends[1]]), torch.cat([ends[1], ends[0]])
    number = torch.arange(len(source))
    half = len(source) // 2
    share = 1.0 / torch.bincount(target, minlength=firms)[target].double()
    kinds = tuple(f"firm:{n}:firm:{way}" for way in ("forward", "back") for n in RELATIONS)
    kind = (number * len(kinds)) // len(source)
    attributes = torch.randn(len(source), MAX_ATTRIBUTES, dtype=torch.float64)
    channels = Channels(
        kinds,
        firms,
        source,
        target,
        kind,
        share,
        attributes,
        number,
        source,
        target,
        (number + half) % len(number),
    ).to(device)
    way = Transmission(kinds).to(device)
    look = way.inputs_of(channels, torch.randn(firms, 2, dtype=torch.float64, device=device))
    base = torch.rand(firms, dtype=torch.float64, device=device) * 0.1
    y = (torch.rand(firms, device=device) < 0.03).double()
    defaulted = torch.zeros(firms, dtype=torch.bool, device=device)

    def epoch() -> None:
        way.zero_grad()
        hazard = propagate(base, defaulted, way.transmissions(look), channels, 2).hazard
        log_loss(hazard, y).backward()

    return epoch


def memory(field: str, device: torch.device) -> float:
    """GB of this process, by its field in /proc: VmRSS now, VmHWM at most; on a CUDA device what torch took there."""
    if device.type == "cuda":
        took = torch.cuda.max_memory_allocated if field == "VmHWM" else torch.cuda.memory_allocated
        return took(device) / 2**30
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 2**20


def settled(device: torch.device) -> None:
    """Wait for what a CUDA device was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(which: str, firms: int, links: int, epochs: int, device: torch.device) -> None:
    """Print an epoch's figures: seconds, CPU seconds, memory beyond the data."""
    made = shipped if which == "shipped" else partial(network, which)
    epoch = made(firms, links, device)
    Path("/proc/self/clear_refs").write_text("5")
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    data, clocks, cpus = memory("VmRSS", device), [], []
    for _ in range(epochs + 1):
        clock, cpu = time.perf_counter(), time.process_time()
        epoch()
        settled(device)
        clocks.append(time.perf_counter() - clock)
        cpus.append(time.process_time() - cpu)
    beyond = memory("VmHWM", device) - data
    seconds, used = median(clocks[1:]), median(cpus[1:])
    cost = f"{seconds:6.3f} s, CPU {used:6.2f} s an epoch, {beyond:5.2f} GB beyond {data:.2f} GB"
    print(f"{which:>8}: {cost}", flush=True)


def main() -> None:
    """Measure every way in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--firms", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--way", choices=("ours", "pyg", "shipped"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(2)
    if given.way:
        measure(given.way, given.firms, given.links, given.epochs, torch.device(given.device))
        return
    agree()
    for way in ("ours", "pyg", "shipped"):
        subprocess.run([sys.executable, *sys.argv, "--way", way], check=True)


if __name__ == "__main__":
    main()
