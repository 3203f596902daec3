// Simulated quantization with a range for the tensor or for each index of its last dimension, and
// the gradient to its input: straight through inside the nudged range, 0 outside.
#ifndef TFMOT_FAKE_QUANT_H
#define TFMOT_FAKE_QUANT_H

#include "levels.h"
#include "operation.h"

typedef struct {
  const float *x, *g;
  float *y;
  i64 count, rows, width, rows_of_block;
  Nudged range;
  Channels channels;
} Quantization;

// Rounds a number of at most 65535, halves up. Adding a half first would round 0.49999997 to 1.
static float rounded(float number) {
  float whole = (float)(int)number;
  return number - whole >= 0.5f ? whole + 1.0f : whole;
}

// Moves the range until 0 is one of its integers (Jacob et al. 2018), in TensorFlow's order of
// operations (fake_quant_ops_functor.h). The range from 0 to 0 makes 0 of everything; its gradient
// passes everything.
static Nudged nudged(float min, float max, const Attributes *attributes, int gradient) {
  if (min == 0 && max == 0) {
    float reach = gradient ? __builtin_inff() : 0.0f;
    return (Nudged){-reach, reach, 1, 1, 0};
  }
  float lowest = attributes->narrow ? 1.0f : 0.0f;
  float highest = (float)((1 << attributes->bits) - 1);
  float step = (max - min) / (highest - lowest);
  float inverse = (highest - lowest) / (max - min);
  float from_min = lowest - min / step;
  // The first comparison also catches what is not a number.
  float point = !(from_min >= lowest) ? lowest : from_min > highest ? highest : rounded(from_min);
  float low = (lowest - point) * step;
  float above = -low * inverse + 0.5f;
  float zero = above >= 0 && above < 65536 ? (float)(int)above : above;
  return (Nudged){low, (highest - point) * step, step, inverse, zero};
}

static void quantize_block(void *argument, i64 block) {
  Quantization *q = argument;
  if (q->channels.low) {
    i64 row = block * q->rows_of_block;
    i64 rows = q->rows - row < q->rows_of_block ? q->rows - row : q->rows_of_block;
    i64 at = row * q->width;
    if (q->g) {
      loops.pass_channels(q->g + at, q->x + at, q->y + at, rows, q->width, &q->channels);
    } else {
      loops.quantize_channels(q->x + at, q->y + at, rows, q->width, &q->channels);
    }
    return;
  }
  i64 at = block * BLOCK;
  i64 size = q->count - at < BLOCK ? q->count - at : BLOCK;
  if (q->g) {
    loops.pass(q->g + at, q->x + at, q->y + at, size, &q->range);
  } else {
    loops.quantize(q->x + at, q->y + at, size, &q->range);
  }
}

// Ranges of a few rows, one after the other, so that short rows fill the registers, too.
static void ranges_of_rows(
    Quantization *q, float *ranges, i64 repeats, i64 depth, const float *min, const float *max,
    const Attributes *attributes) {
  i64 width = repeats * depth;
  for (i64 i = 0; i < width; i++) {
    Nudged range = nudged(min[i % depth], max[i % depth], attributes, q->g != 0);
    ranges[i] = range.low;
    ranges[width + i] = range.high;
    ranges[2 * width + i] = range.step;
    ranges[3 * width + i] = range.inverse;
    ranges[4 * width + i] = range.zero;
  }
  q->channels = (Channels){
      ranges, ranges + width, ranges + 2 * width, ranges + 3 * width, ranges + 4 * width};
}

static int quantize_by_channel(
    Quantization *q, i64 depth, const float *min, const float *max,
    const Attributes *attributes) {
  i64 repeats = depth < LEAST_WIDTH ? (LEAST_WIDTH + depth - 1) / depth : 1;
  float *ranges = host.allocate_bytes((size_type)(5 * repeats * depth) * sizeof(float));
  if (!ranges) {
    return 0;
  }
  ranges_of_rows(q, ranges, repeats, depth, min, max, attributes);
  q->width = repeats * depth;
  q->rows = q->count / q->width;
  i64 rows = BLOCK / q->width;
  q->rows_of_block = rows ? rows : 1;
  i64 blocks = (q->rows + q->rows_of_block - 1) / q->rows_of_block;
  pool_run(quantize_block, q, blocks, (int)attributes->threads);
  // What is left is shorter than a wide row; its ranges are the first of the wide row's.
  i64 done = q->rows * q->width;
  if (done < q->count) {
    q->x += done;
    q->y += done;
    q->g = q->g ? q->g + done : 0;
    q->width = q->count - done;
    q->rows = 1;
    quantize_block(q, 0);
  }
  host.free_bytes(ranges);
  return 1;
}

// Runs the operation or, with an upstream gradient, its gradient.
static void quantize_tensors(
    Context *context, Status *status, const Attributes *attributes, Tensor *x, Tensor *g,
    Tensor *min, Tensor *max, Tensor *y) {
  Quantization q = {0};
  q.x = host.data(x);
  q.g = g ? host.data(g) : 0;
  q.y = host.data(y);
  q.count = count_of(x);
  if (q.count == 0) {
    return;
  }
  const float *least = host.data(min), *most = host.data(max);
  if (attributes->channels) {
    if (!quantize_by_channel(&q, depth_of(x), least, most, attributes)) {
      fail(context, status, TF_RESOURCE_EXHAUSTED, "no memory for the ranges of the channels");
    }
  } else {
    q.range = nudged(least[0], most[0], attributes, q.g != 0);
    pool_run(quantize_block, &q, (q.count + BLOCK - 1) / BLOCK, (int)attributes->threads);
  }
}

static const char *wrong_range(
    const Attributes *attributes, const Tensor *x, const Tensor *min, const Tensor *max) {
  if (!attributes->channels) {
    return host.rank(min) || host.rank(max) ? "min and max of a tensor's range must be scalars" : 0;
  }
  if (!host.rank(x)) {
    return "a scalar has no channels";
  }
  int vectors = host.rank(min) == 1 && host.rank(max) == 1;
  return vectors && host.dim(min, 0) == depth_of(x) && host.dim(max, 0) == depth_of(x)
             ? 0
             : "min and max must have an element for each index of the last dimension";
}

static void fake_quant_compute(void *state, Context *context) {
  Status *status = host.new_status();
  Tensor *in[3];
  if (inputs(context, status, in, 3)) {
    const char *wrong = wrong_range(state, in[0], in[1], in[2]);
    if (wrong) {
      fail(context, status, TF_INVALID_ARGUMENT, wrong);
    } else {
      int first = 0;
      Tensor *y = output_in_place(context, status, in[0], &first, 1);
      if (y) {
        quantize_tensors(context, status, state, in[0], 0, in[1], in[2], y);
        host.delete_tensor(y);
      }
    }
    delete_all(in, 3);
  }
  host.delete_status(status);
}

static void fake_quant_gradient_compute(void *state, Context *context) {
  Status *status = host.new_status();
  Tensor *in[4];
  if (inputs(context, status, in, 4)) {
    const char *wrong = wrong_range(state, in[1], in[2], in[3]);
    if (!wrong && !same_shape(in[0], in[1])) {
      wrong = "a gradient must have the shape of what was quantized";
    }
    if (wrong) {
      fail(context, status, TF_INVALID_ARGUMENT, wrong);
    } else {
      int first = 0;
      Tensor *y = output_in_place(context, status, in[0], &first, 1);
      if (y) {
        quantize_tensors(context, status, state, in[1], in[0], in[2], in[3], y);
        host.delete_tensor(y);
      }
    }
    delete_all(in, 4);
  }
  host.delete_status(status);
}

static void *fake_quant_create(Construction *construction) {
  Status *status = host.new_status();
  Attributes *made = new_attributes(construction, status);
  if (made) {
    host.attr_int(construction, "num_bits", &made->bits, status);
    host.attr_bool(construction, "narrow_range", &made->narrow, status);
    host.attr_bool(construction, "channels", &made->channels, status);
    if (host.get_code(status) == TF_OK && (made->bits < 2 || made->bits > 16)) {
      host.set_status(status, TF_INVALID_ARGUMENT, "num_bits must be from 2 to 16");
    }
  }
  return checked_attributes(construction, made, status);
}

static void fake_quant_register(Status *status) {
  static const char *const in[] = {"inputs: float", "min: float", "max: float", 0};
  static const char *const back[] = {
      "gradients: float", "inputs: float", "min: float", "max: float", 0};
  static const char *const out[] = {"outputs: float", 0};
  static const char *const attributes[] = {
      "num_bits: int = 8", "narrow_range: bool = false", "channels: bool = false",
      "threads: int = 1", 0};
  static const Operation forward = {"TfmotFakeQuant1", in, out, attributes, shape_of_first,
                                    fake_quant_create, fake_quant_compute};
  static const Operation gradient = {"TfmotFakeQuantGradient1", back, out, attributes,
                                     shape_of_first, fake_quant_create,
                                     fake_quant_gradient_compute};
  register_operation(&forward, status);
  if (host.get_code(status) == TF_OK) {
    register_operation(&gradient, status);
  }
}

#endif
