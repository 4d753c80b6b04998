// The parts of a training step that PyTorch has no fast operation for on a processor.
//
// Everything is row-major float32 unless it says otherwise. One call works on one thread:
// training runs one process a core. Sizes: B rows, T positions, H heads, D the head size
// (64, a constant, so that the inner loops become vector instructions), V vocabulary.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr int D = 64;
constexpr int SPAN = 32;  // steps between two kept states: the steps in between are computed again

using State = float[D][D];

float dot(const float *a, const float *b) {
    float sum = 0;
    for (int i = 0; i < D; i++) sum += a[i] * b[i];
    return sum;
}

// x / sqrt(|x|^2 + epsilon) * scale; returns the factor before `scale`
float normalise(const float *x, float *y, float scale, float epsilon) {
    const float factor = 1 / std::sqrt(dot(x, x) + epsilon);
    for (int i = 0; i < D; i++) y[i] = x[i] * (factor * scale);
    return factor;
}

// gradient of normalise(): dx from dy
void normalise_back(const float *x, const float *dy, float *dx, float factor, float scale) {
    const float along = dot(x, dy) * factor * factor;
    for (int i = 0; i < D; i++) dx[i] = (dy[i] - x[i] * along) * (factor * scale);
}

// S <- exp(g) S + b k (v - exp(g) S^T k)^T; leaves the decayed state in `decayed` and (v - ...) in `missed`
// if they are given, and b (v - ...) in `error`
void step(State &s, const float *k, const float *v, float decay, float b, float *error, float *missed,
          State *decayed) {
    float read[D] = {};
    for (int i = 0; i < D; i++) {
        for (int j = 0; j < D; j++) {
            s[i][j] *= decay;
            read[j] += s[i][j] * k[i];
        }
    }
    if (decayed) std::memcpy(*decayed, s, sizeof(State));
    for (int j = 0; j < D; j++) error[j] = b * (v[j] - read[j]);
    if (missed)
        for (int j = 0; j < D; j++) missed[j] = v[j] - read[j];
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++) s[i][j] += k[i] * error[j];
}

// 1 / (1 + exp(-z)). The bound keeps exp finite: with -ffast-math a vector is divided by an estimate of the inverse
// and a Newton step, which makes NaN of a division by infinity.
float sigmoid_of(float z) { return 1 / (1 + std::exp(std::min(-z, 60.0f))); }

float bfloat16(uint16_t x) {
    const uint32_t bits = uint32_t(x) << 16;
    float y;
    std::memcpy(&y, &bits, 4);
    return y;
}

uint16_t to_bfloat16(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, 4);
    return uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

}  // namespace

extern "C" {

// qkv [B, T, 3, H, D] (q and k not yet normalised), g and beta [B, T, H] -> out [B, T, H, D].
// kept [B, H, ceil(T / SPAN), D, D]: the state before every SPAN-th step, for the gradient.
void delta_forward(const float *qkv, const float *g, const float *beta, float *out, float *kept, int64_t rows,
                   int64_t length, int64_t heads, float epsilon) {
    const float scale = 1 / std::sqrt(float(D));
    const int64_t spans = (length + SPAN - 1) / SPAN;
    alignas(64) State s;
    alignas(64) float q[D], k[D], error[D], o[D];
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t head = 0; head < heads; head++) {
            std::memset(s, 0, sizeof s);
            for (int64_t t = 0; t < length; t++) {
                if (t % SPAN == 0)
                    std::memcpy(kept + ((row * heads + head) * spans + t / SPAN) * D * D, s, sizeof s);
                const int64_t at = row * length + t;
                const float *x = qkv + (at * 3 * heads + head) * D;
                normalise(x, q, scale, epsilon);
                normalise(x + heads * D, k, 1, epsilon);
                step(s, k, x + 2 * heads * D, std::exp(g[at * heads + head]), beta[at * heads + head], error, nullptr,
                     nullptr);
                std::memset(o, 0, sizeof o);
                for (int i = 0; i < D; i++)
                    for (int j = 0; j < D; j++) o[j] += s[i][j] * q[i];
                std::memcpy(out + (at * heads + head) * D, o, sizeof o);
            }
        }
    }
}

// The gradients d_qkv, d_g, d_beta of delta_forward from d_out.
void delta_backward(const float *qkv, const float *g, const float *beta, const float *kept, const float *d_out,
                    float *d_qkv, float *d_g, float *d_beta, int64_t rows, int64_t length, int64_t heads,
                    float epsilon) {
    const float scale = 1 / std::sqrt(float(D));
    const int64_t spans = (length + SPAN - 1) / SPAN;
    struct Step {
        alignas(64) float q[D], k[D], error[D], missed[D];
        float q_factor, k_factor, decay;
        alignas(64) State decayed;
    };
    std::vector<Step> steps(SPAN);
    alignas(64) State s, ds;
    alignas(64) float dq[D], dk[D], de[D], dr[D], dv[D];
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t head = 0; head < heads; head++) {
            std::memset(ds, 0, sizeof ds);
            for (int64_t span = spans - 1; span >= 0; span--) {
                const int64_t first = span * SPAN, last = std::min(length, first + SPAN);
                std::memcpy(s, kept + ((row * heads + head) * spans + span) * D * D, sizeof s);
                for (int64_t t = first; t < last; t++) {
                    const int64_t at = row * length + t;
                    const float *x = qkv + (at * 3 * heads + head) * D;
                    Step &n = steps[t - first];
                    n.q_factor = normalise(x, n.q, scale, epsilon);
                    n.k_factor = normalise(x + heads * D, n.k, 1, epsilon);
                    n.decay = std::exp(g[at * heads + head]);
                    step(s, n.k, x + 2 * heads * D, n.decay, beta[at * heads + head], n.error, n.missed,
                         &n.decayed);
                }
                for (int64_t t = last - 1; t >= first; t--) {
                    const int64_t at = row * length + t;
                    const float *x = qkv + (at * 3 * heads + head) * D;
                    float *dx = d_qkv + (at * 3 * heads + head) * D;
                    const float *go = d_out + (at * heads + head) * D;
                    const float b = beta[at * heads + head];
                    const Step &n = steps[t - first];
                    std::memset(de, 0, sizeof de);
                    const float error_out = dot(n.error, go);
                    for (int i = 0; i < D; i++) {
                        float along = 0;
                        for (int j = 0; j < D; j++) {
                            along += n.decayed[i][j] * go[j];
                            ds[i][j] += n.q[i] * go[j];
                            de[j] += ds[i][j] * n.k[i];
                        }
                        dq[i] = along + n.k[i] * error_out;  // the state after the step is decayed + k error^T
                    }
                    float d_step = 0;
                    for (int j = 0; j < D; j++) {
                        dv[j] = b * de[j];
                        dr[j] = -dv[j];
                        d_step += de[j] * n.missed[j];
                    }
                    float d_decay = 0;
                    for (int i = 0; i < D; i++) {
                        float along = 0;
                        for (int j = 0; j < D; j++) {
                            along += ds[i][j] * n.error[j] + n.decayed[i][j] * dr[j];
                            const float grad = ds[i][j] + n.k[i] * dr[j];
                            d_decay += grad * n.decayed[i][j];
                            ds[i][j] = grad * n.decay;
                        }
                        dk[i] = along;
                    }
                    d_g[at * heads + head] = d_decay;
                    d_beta[at * heads + head] = d_step;
                    normalise_back(x, dq, dx, n.q_factor, scale);
                    normalise_back(x + heads * D, dk, dx + heads * D, n.k_factor, 1);
                    std::memcpy(dx + 2 * heads * D, dv, sizeof dv);
                }
            }
        }
    }
}

// Causal depthwise convolution of `taps` steps, then SiLU. x, inner, out [N, C]; weight [taps, C];
// reach [N]: how many earlier positions a position may see (0 at the start of an example).
// inner: the sum before SiLU, for the gradient.
void convolve_forward(const float *x, const float *weight, const int32_t *reach, float *inner, float *out,
                      int64_t length, int64_t channels, int64_t taps) {
    for (int64_t t = 0; t < length; t++) {
        float *sum = inner + t * channels;
        const float *now = weight + (taps - 1) * channels;
        for (int64_t c = 0; c < channels; c++) sum[c] = x[t * channels + c] * now[c];
        for (int64_t back = 1; back < taps && back <= reach[t]; back++) {
            const float *w = weight + (taps - 1 - back) * channels, *earlier = x + (t - back) * channels;
            for (int64_t c = 0; c < channels; c++) sum[c] += earlier[c] * w[c];
        }
        for (int64_t c = 0; c < channels; c++) out[t * channels + c] = sum[c] * sigmoid_of(sum[c]);
    }
}

// d_x [N, C] and d_weight [taps, C] (both zero at the call) from d_out.
void convolve_backward(const float *x, const float *weight, const int32_t *reach, const float *inner,
                       const float *d_out, float *d_x, float *d_weight, int64_t length, int64_t channels,
                       int64_t taps) {
    std::vector<float> d(channels);
    for (int64_t t = 0; t < length; t++) {
        for (int64_t c = 0; c < channels; c++) {
            const float z = inner[t * channels + c], sigmoid = sigmoid_of(z);
            d[c] = d_out[t * channels + c] * sigmoid * (1 + z * (1 - sigmoid));
        }
        for (int64_t back = 0; back < taps && back <= reach[t]; back++) {
            const int64_t tap = (taps - 1 - back) * channels, from = (t - back) * channels;
            for (int64_t c = 0; c < channels; c++) {
                d_x[from + c] += d[c] * weight[tap + c];
                d_weight[tap + c] += d[c] * x[from + c];
            }
        }
    }
}

// logits [N, V] in bfloat16 become the gradient of sum_n weight_n * -log p_n(target_n); returns that sum.
double cross_entropy(uint16_t *logits, const int64_t *targets, const float *weights, int64_t count,
                     int64_t vocabulary) {
    double loss = 0;
    std::vector<float> p(vocabulary);
    for (int64_t n = 0; n < count; n++) {
        uint16_t *row = logits + n * vocabulary;
        float top = bfloat16(row[0]), sum = 0;
        for (int64_t i = 0; i < vocabulary; i++) {
            p[i] = bfloat16(row[i]);
            top = p[i] > top ? p[i] : top;
        }
        const float chosen = p[targets[n]];
        for (int64_t i = 0; i < vocabulary; i++) {
            p[i] = std::exp(p[i] - top);
            sum += p[i];
        }
        loss += weights[n] * (std::log(sum) + top - chosen);
        const float share = weights[n] / sum;
        p[targets[n]] -= sum;
        for (int64_t i = 0; i < vocabulary; i++) row[i] = to_bfloat16(p[i] * share);
    }
    return loss;
}

// y = x / rms(x) * gain, in bfloat16. x [N, C] float32; factor [N]: 1 / rms.
// gate [N, C] bfloat16 or null: y is also multiplied by silu(gate).
void norm_forward(const float *x, const float *gain, const uint16_t *gate, uint16_t *y, float *factor, int64_t count,
                  int64_t size, float epsilon) {
    for (int64_t n = 0; n < count; n++) {
        const float *row = x + n * size;
        float sum = 0;
        for (int64_t i = 0; i < size; i++) sum += row[i] * row[i];
        factor[n] = 1 / std::sqrt(sum / size + epsilon);
        if (gate) {
            for (int64_t i = 0; i < size; i++) {
                const float z = bfloat16(gate[n * size + i]);
                y[n * size + i] = to_bfloat16(row[i] * factor[n] * gain[i] * z * sigmoid_of(z));
            }
        } else {
            for (int64_t i = 0; i < size; i++) y[n * size + i] = to_bfloat16(row[i] * factor[n] * gain[i]);
        }
    }
}

// d_x [N, C] float32, d_gain [C] (zero at the call) and, if there is a gate, d_gate [N, C] bfloat16 from d_y.
void norm_backward(const float *x, const float *gain, const uint16_t *gate, const float *factor, const uint16_t *d_y,
                   float *d_x, float *d_gain, uint16_t *d_gate, int64_t count, int64_t size) {
    std::vector<float> d(size);
    for (int64_t n = 0; n < count; n++) {
        const float *row = x + n * size, f = factor[n];
        float *to = d_x + n * size;
        float along = 0;
        for (int64_t i = 0; i < size; i++) {
            d[i] = bfloat16(d_y[n * size + i]);
        }
        if (gate) {
            for (int64_t i = 0; i < size; i++) {
                const float z = bfloat16(gate[n * size + i]), sigmoid = sigmoid_of(z);
                d_gate[n * size + i] = to_bfloat16(d[i] * row[i] * f * gain[i] * sigmoid * (1 + z * (1 - sigmoid)));
                d[i] *= z * sigmoid;
            }
        }
        for (int64_t i = 0; i < size; i++) {
            d_gain[i] += d[i] * row[i] * f;
            d[i] *= gain[i];
            along += d[i] * row[i];
        }
        along *= f * f / size;
        for (int64_t i = 0; i < size; i++) to[i] = (d[i] - row[i] * along) * f;
    }
}

// y = silu(gate) * up; all of `count` numbers in bfloat16.
void swiglu_forward(const uint16_t *gate, const uint16_t *up, uint16_t *y, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float z = bfloat16(gate[i]);
        y[i] = to_bfloat16(z * sigmoid_of(z) * bfloat16(up[i]));
    }
}

void swiglu_backward(const uint16_t *gate, const uint16_t *up, const uint16_t *d_y, uint16_t *d_gate, uint16_t *d_up,
                     int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float z = bfloat16(gate[i]), sigmoid = sigmoid_of(z), d = bfloat16(d_y[i]);
        d_up[i] = to_bfloat16(d * z * sigmoid);
        d_gate[i] = to_bfloat16(d * bfloat16(up[i]) * sigmoid * (1 + z * (1 - sigmoid)));
    }
}

}  // extern "C"
