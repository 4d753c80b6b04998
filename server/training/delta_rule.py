"""The gated delta rule: dispatch to a backend, and the form in plain PyTorch, chunk by chunk.

Recurrence per head, with state S [K, V], decay a_t = exp(g_t) and step size b_t:

    S_t = a_t S_{t-1} + b_t k_t (v_t - a_t S_{t-1}^T k_t)^T        o_t = S_t^T q_t

Source: Yang, Kautz, Hatamizadeh, "Gated Delta Networks" (arXiv 2412.06464); inside a chunk
the updates u_t solve a unit lower triangular system, so that only the states between
chunks are sequential.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from training import kernels


def gated_delta_rule(qkv: Tensor, g: Tensor, beta: Tensor, epsilon: float, backend: str = "torch") -> Tensor:
    """Outputs [B, T, H, D] from an all-zero state.

    qkv: [B, T, 3, H, D], queries and keys not yet normalised (to length one, the query then
    divided by sqrt(D)); g: [B, T, H], log of the decay (<= 0); beta: [B, T, H] in (0, 1).
    backend: see `backend.Backend.delta_rule`.
    """
    if backend == "compiled":
        return kernels.DeltaRule.apply(qkv, g, beta, epsilon)
    q, k, v = qkv.unbind(2)
    q = q * torch.rsqrt(q.square().sum(-1, keepdim=True) + epsilon)
    k = k * torch.rsqrt(k.square().sum(-1, keepdim=True) + epsilon)
    if backend == "fla":
        from fla.ops.gated_delta_rule import chunk_gated_delta_rule  # Triton: imported only where there is a GPU

        # The products inside are taken in the dtype of q, k and v; the decay stays in float32.
        short = (x.bfloat16().contiguous() for x in (q, k, v))
        out, _ = chunk_gated_delta_rule(*short, g=g.float(), beta=beta.float(), scale=qkv.shape[-1] ** -0.5)
        return out.float()
    q, k, v = ((x * scale).transpose(1, 2) for x, scale in ((q, qkv.shape[-1] ** -0.5), (k, 1.0), (v, 1.0)))
    return chunked(q, k, v, g.transpose(1, 2), beta.transpose(1, 2)).transpose(1, 2)


def chunked(q: Tensor, k: Tensor, v: Tensor, g: Tensor, beta: Tensor, chunk: int = 64) -> Tensor:
    """Outputs [B, H, T, V] from an all-zero state.

    q, k: [B, H, T, K], already normalised and scaled; v: [B, H, T, V];
    g: [B, H, T], log of the decay (<= 0); beta: [B, H, T] in (0, 1).
    Any T: the rest of the last chunk is filled with steps that do nothing.
    """
    batch, heads, length, _ = q.shape
    missing = -length % chunk
    if missing:
        q, k, v = (F.pad(x, (0, 0, 0, missing)) for x in (q, k, v))
        g, beta = (F.pad(x, (0, missing)) for x in (g, beta))
    # [B, H, chunks, chunk, ...]
    q, k, v, g, beta = (x.unflatten(2, (-1, chunk)) for x in (q, k, v, g, beta))
    total = g.cumsum(-1)
    seen = torch.ones(chunk, chunk, dtype=torch.bool, device=q.device).tril()
    # decay[i, j]: what is left at step i of something written at step j <= i
    decay = (total.unsqueeze(-1) - total.unsqueeze(-2)).masked_fill(~seen, -torch.inf).exp()
    written = k * beta.unsqueeze(-1)
    # (I + A) U = b V - b exp(G) K S: solve for both right-hand sides at once.
    system = ((written @ k.transpose(-1, -2)) * decay).tril(-1)
    right = torch.cat([v * beta.unsqueeze(-1), written * total.exp().unsqueeze(-1)], -1)
    solved = torch.linalg.solve_triangular(system, right, upper=False, unitriangular=True)
    updates, reads = solved.split([v.shape[-1], k.shape[-1]], -1)
    scores = (q @ k.transpose(-1, -2)) * decay
    from_state = q * total.exp().unsqueeze(-1)
    kept = k * (total[..., -1:] - total).exp().unsqueeze(-1)
    left = total[..., -1].exp()[..., None, None]

    state = q.new_zeros(batch, heads, k.shape[-1], v.shape[-1])
    outputs = []
    for i in range(q.shape[2]):
        update = updates[:, :, i] - reads[:, :, i] @ state
        outputs.append(from_state[:, :, i] @ state + scores[:, :, i] @ update)
        state = left[:, :, i] * state + kept[:, :, i].transpose(-1, -2) @ update
    return torch.cat(outputs, 2)[:, :, :length]


def stepwise(q: Tensor, k: Tensor, v: Tensor, g: Tensor, beta: Tensor) -> Tensor:
    """The same by the recurrence itself, one step at a time: slow, the reference for checks."""
    state = q.new_zeros(*q.shape[:2], k.shape[-1], v.shape[-1])
    outputs = []
    for t in range(q.shape[2]):
        state = state * g[:, :, t, None, None].exp()
        key = k[:, :, t].unsqueeze(-1)
        error = v[:, :, t].unsqueeze(-2) - key.transpose(-1, -2) @ state
        state = state + key @ (error * beta[:, :, t, None, None])
        outputs.append(q[:, :, t].unsqueeze(-2) @ state)
    return torch.cat(outputs, 2)
