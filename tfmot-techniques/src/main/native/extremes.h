// The largest or smallest values over all dimensions, or over the first few: what ranges are made
// of. What is not a number stays so, as in TensorFlow's Max and Min.
#ifndef TFMOT_EXTREMES_H
#define TFMOT_EXTREMES_H

#include "levels.h"
#include "operation.h"

enum { MOST = 0, LEAST = 1, MOST_ABSOLUTE = 2 };

typedef struct {
  const float *x;
  float *partial;
  i64 rows, width, rows_of_part;
  int kind;
} Extremes;

static float extreme_of_nothing(int kind) {
  // Absolute values are never below 0, but of none of them TensorFlow has minus infinity, too.
  return kind == LEAST ? __builtin_inff() : -__builtin_inff();
}

static void extremes_part(void *argument, i64 part) {
  Extremes *e = argument;
  i64 row = part * e->rows_of_part;
  i64 rows = e->rows - row < e->rows_of_part ? e->rows - row : e->rows_of_part;
  if (rows > 0) {
    loops.extremes(
        e->x + row * e->width, e->partial + part * e->width, rows, e->width, e->kind);
  }
}

// Folds what a wide row has of each of the narrow rows in it, and what is left behind the wide
// rows.
static void fold(
    const Extremes *e, i64 parts, i64 depth, const float *rest, i64 count, float *y) {
  for (i64 i = 0; i < depth; i++) {
    y[i] = extreme_of_nothing(e->kind);
  }
  int plain = e->kind == MOST_ABSOLUTE ? MOST : e->kind;
  loops.extremes(e->partial, y, parts * e->width / depth, depth, plain);
  loops.extremes(rest, y, count / depth, depth, e->kind);
}

static int extremes_all(Extremes *e, i64 count, i64 depth, float *y, int threads) {
  i64 repeats = depth < LEAST_WIDTH ? (LEAST_WIDTH + depth - 1) / depth : 1;
  e->width = repeats * depth;
  e->rows = count / e->width;
  i64 parts = count > BLOCK ? PARTS : 1;
  e->rows_of_part = (e->rows + parts - 1) / parts;
  e->partial = host.allocate_bytes((size_type)(parts * e->width) * sizeof(float));
  if (!e->partial) {
    return 0;
  }
  for (i64 i = 0; i < parts * e->width; i++) {
    e->partial[i] = extreme_of_nothing(e->kind);
  }
  pool_run(extremes_part, e, parts, threads);
  i64 done = e->rows * e->width;
  fold(e, parts, depth, e->x + done, count - done, y);
  host.free_bytes(e->partial);
  return 1;
}

static void extremes_compute(void *state, Context *context) {
  Status *status = host.new_status();
  const Attributes *attributes = state;
  Tensor *x;
  if (inputs(context, status, &x, 1)) {
    i64 dims[MOST_DIMENSIONS];
    int rank = dims_of(x, dims);
    int leading = attributes->leading < 0 ? rank : (int)attributes->leading;
    if (leading > rank) {
      fail(context, status, TF_INVALID_ARGUMENT, "there are fewer dimensions than are reduced");
    } else {
      Tensor *y = output(context, status, 0, TF_FLOAT, dims + leading, rank - leading);
      if (y) {
        Extremes e = {0};
        e.x = host.data(x);
        e.kind = (int)attributes->kind;
        i64 depth = count_of(y);
        int threads = (int)attributes->threads;
        if (depth && !extremes_all(&e, count_of(x), depth, host.data(y), threads)) {
          fail(context, status, TF_RESOURCE_EXHAUSTED, "no memory for partial results");
        }
        host.delete_tensor(y);
      }
    }
    host.delete_tensor(x);
  }
  host.delete_status(status);
}

static void *extremes_create(Construction *construction) {
  Status *status = host.new_status();
  Attributes *made = new_attributes(construction, status);
  if (made) {
    host.attr_int(construction, "kind", &made->kind, status);
    host.attr_int(construction, "leading", &made->leading, status);
    if (host.get_code(status) == TF_OK && (made->kind < MOST || made->kind > MOST_ABSOLUTE)) {
      host.set_status(status, TF_INVALID_ARGUMENT, "kind must be from 0 to 2");
    }
  }
  return checked_attributes(construction, made, status);
}

static void unknown_shape(ShapeContext *context, Status *status) {
  host.shape_unknown(context, status);
}

static void extremes_register(Status *status) {
  static const char *const in[] = {"inputs: float", 0};
  static const char *const out[] = {"extremes: float", 0};
  static const char *const attributes[] = {
      "kind: int", "leading: int = -1", "threads: int = 1", 0};
  static const Operation extremes = {
      "TfmotExtremes1", in, out, attributes, unknown_shape, extremes_create, extremes_compute};
  register_operation(&extremes, status);
}

#endif
