// What all operations share: inputs, outputs, errors, attributes and shapes.
#ifndef TFMOT_OPERATION_H
#define TFMOT_OPERATION_H

#include "host.h"

enum { MOST_DIMENSIONS = 254 };

typedef struct {
  i64 bits;
  i64 threads;
  i64 clusters;
  u8 narrow;
  u8 channels;
  u8 zeros;
  u8 mean;
} Attributes;

static void fail(Context *context, Status *status, int code, const char *message) {
  host.set_status(status, code, message);
  host.failure(context, status);
}

static i64 count_of(const Tensor *tensor) {
  i64 count = 1;
  for (int i = 0; i < host.rank(tensor); i++) {
    count *= host.dim(tensor, i);
  }
  return count;
}

static int same_shape(const Tensor *a, const Tensor *b) {
  if (host.rank(a) != host.rank(b)) {
    return 0;
  }
  for (int i = 0; i < host.rank(a); i++) {
    if (host.dim(a, i) != host.dim(b, i)) {
      return 0;
    }
  }
  return 1;
}

// Size of the last dimension, or 1.
static i64 depth_of(const Tensor *tensor) {
  int rank = host.rank(tensor);
  return rank ? host.dim(tensor, rank - 1) : 1;
}

static int dims_of(const Tensor *tensor, i64 *dims) {
  int rank = host.rank(tensor);
  for (int i = 0; i < rank && i < MOST_DIMENSIONS; i++) {
    dims[i] = host.dim(tensor, i);
  }
  return rank;
}

// An output of a shape; null, with the context failed, if there is no memory.
static Tensor *output(
    Context *context, Status *status, int index, int type, const i64 *dims, int rank) {
  size_type size = type == TF_FLOAT ? sizeof(float) : 1;
  for (int i = 0; i < rank; i++) {
    size *= (size_type)dims[i];
  }
  Tensor *made = host.allocate(context, index, type, dims, rank, size, status);
  if (host.get_code(status) != TF_OK) {
    host.failure(context, status);
    return 0;
  }
  return made;
}

// The first output, in the first input's memory if nobody else needs that.
static Tensor *output_in_place(
    Context *context, Status *status, const Tensor *like, const int *candidates, int count) {
  i64 dims[MOST_DIMENSIONS];
  int rank = dims_of(like, dims);
  int forwarded = -1;
  Tensor *made = host.forward_or_allocate(
      context, candidates, count, 0, dims, rank, &forwarded, status);
  if (host.get_code(status) != TF_OK) {
    host.failure(context, status);
    return 0;
  }
  return made;
}

// Reads inputs; 0, with the context failed and nothing to delete, if one is missing.
static int inputs(Context *context, Status *status, Tensor **tensors, int count) {
  for (int i = 0; i < count; i++) {
    host.get_input(context, i, &tensors[i], status);
    if (host.get_code(status) != TF_OK) {
      host.failure(context, status);
      while (i-- > 0) {
        host.delete_tensor(tensors[i]);
      }
      return 0;
    }
  }
  return 1;
}

static void delete_all(Tensor **tensors, int count) {
  for (int i = 0; i < count; i++) {
    if (tensors[i]) {
      host.delete_tensor(tensors[i]);
    }
  }
}

static void delete_attributes(void *attributes) {
  if (attributes) {
    host.free_bytes(attributes);
  }
}

static void *new_attributes(Construction *construction, Status *status) {
  Attributes *made = host.allocate_bytes(sizeof(Attributes));
  if (!made) {
    host.set_status(status, TF_RESOURCE_EXHAUSTED, "no memory for the attributes of a kernel");
    host.construction_failure(construction, status);
    return 0;
  }
  *made = (Attributes){0};
  host.attr_int(construction, "threads", &made->threads, status);
  return made;
}

static void *checked_attributes(Construction *construction, Attributes *made, Status *status) {
  if (made && host.get_code(status) != TF_OK) {
    host.construction_failure(construction, status);
    host.free_bytes(made);
    made = 0;
  }
  host.delete_status(status);
  return made;
}

// Output i has the shape of input i of the list.
static void shapes_as(ShapeContext *context, Status *status, int output, int input) {
  Shape *shape = host.new_shape();
  host.shape_input(context, input, shape, status);
  if (host.get_code(status) == TF_OK) {
    host.shape_output(context, output, shape, status);
  }
  host.delete_shape(shape);
}

static void shape_of_first(ShapeContext *context, Status *status) {
  shapes_as(context, status, 0, 0);
}

typedef struct {
  const char *name;
  const char *const *inputs;
  const char *const *outputs;
  const char *const *attributes;
  void (*shape)(ShapeContext *, Status *);
  void *(*create)(Construction *);
  void (*compute)(void *, Context *);
} Operation;

static void register_operation(const Operation *operation, Status *status) {
  OpBuilder *op = host.new_op(operation->name);
  for (const char *const *input = operation->inputs; *input; input++) {
    host.op_input(op, *input);
  }
  for (const char *const *made = operation->outputs; *made; made++) {
    host.op_output(op, *made);
  }
  for (const char *const *attribute = operation->attributes; *attribute; attribute++) {
    host.op_attr(op, *attribute);
  }
  host.op_shape(op, operation->shape);
  host.register_op(op, status);
  if (host.get_code(status) != TF_OK) {
    return;
  }
  KernelBuilder *kernel = host.new_kernel(
      operation->name, "CPU", operation->create, operation->compute, delete_attributes);
  host.register_kernel(operation->name, kernel, status);
}

#endif
