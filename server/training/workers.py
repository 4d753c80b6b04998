"""The processes of a run, each on a thread or a GPU of its own: how they meet and share gradients."""

import argparse
import os
import socket
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import nn

from training.configuration import Configuration


def join(worker: int, configuration: Configuration, port: int) -> str:
    """Meet the other workers of the run, if there are any, and return this one's device."""
    workers, backend = configuration.run.workers, configuration.backend
    torch.set_num_threads(1)
    device = f"cuda:{worker}" if backend.device == "cuda" else backend.device
    if device.startswith("cuda"):
        torch.cuda.set_device(device)  # where Triton launches and NCCL looks
    if workers > 1:
        kind = "nccl" if device.startswith("cuda") else "gloo"
        dist.init_process_group(kind, f"tcp://127.0.0.1:{port}", rank=worker, world_size=workers)
        if backend.device == "cpu" and hasattr(os, "sched_setaffinity"):
            cores = sorted(os.sched_getaffinity(0))  # two workers on one core would wait for each other
            os.sched_setaffinity(0, {cores[worker % len(cores)]})
    return device


def part(workers: int) -> None:
    """Leave the others."""
    if workers > 1:
        dist.destroy_process_group()


def average_gradients(model: nn.Module, workers: int) -> None:
    """Replace each gradient by its mean over all workers."""
    if workers == 1:
        return
    gradients = [parameter.grad for parameter in model.parameters()]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= workers
    for gradient, piece in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(piece.view_as(gradient))


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(loop: Callable[..., None], args: argparse.Namespace, configuration: Configuration) -> None:
    """Run `loop(worker, args, configuration, port)` in as many processes as the run has workers, or here for one."""
    port = free_port()
    if configuration.run.workers == 1:
        loop(0, args, configuration, port)
    else:
        torch.multiprocessing.spawn(loop, (args, configuration, port), nprocs=configuration.run.workers)
