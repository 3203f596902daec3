// Clustered weights: each weight's nearest centroid in one pass, and the sums or means of the
// gradients of the weights of each centroid. Centroids are those of the tensor, or one set after
// the other for each index of the last dimension.
#ifndef TFMOT_CLUSTERS_H
#define TFMOT_CLUSTERS_H

#include "levels.h"
#include "operation.h"

// A set of centroids in ascending order. Middles are padded to a power of two with infinity.
typedef struct {
  float sorted[MOST_CLUSTERS];
  float middle[MOST_CLUSTERS];
  u8 order[MOST_CLUSTERS];
  int count, padded;
} Table;

typedef struct {
  const Attributes *attributes;
  const float *weight, *centroids, *g;
  const u8 *known;
  float *y;
  u8 *index;
  i64 count, sets;
  const Table *table;
  double *sum;
  i64 *number;
} Clusters;

// Sorts by insertion, so that of equal centroids the first one comes first, as in TopKV2.
static void fill(Table *table, const float *centroids, int count) {
  table->count = count;
  table->padded = 1;
  while (table->padded < count) {
    table->padded *= 2;
  }
  for (int i = 0; i < count; i++) {
    int at = i;
    for (; at > 0 && centroids[i] < table->sorted[at - 1]; at--) {
      table->sorted[at] = table->sorted[at - 1];
      table->order[at] = table->order[at - 1];
    }
    table->sorted[at] = centroids[i];
    table->order[at] = (u8)i;
  }
  for (int i = 0; i < table->padded; i++) {
    table->middle[i] =
        i + 1 < count ? (table->sorted[i] + table->sorted[i + 1]) * 0.5f : __builtin_inff();
  }
}

static void nearest(
    const Table *table, const float *weight, float *y, u8 *index, i64 n, int zeros) {
  if (table->count <= FEW) {
    loops.nearest_few(
        weight, y, index, n, table->count, table->sorted, table->middle, table->order, zeros);
  } else {
    loops.nearest_many(
        weight, y, index, n, table->padded, table->sorted, table->middle, table->order, zeros);
  }
}

static void nearest_block(void *argument, i64 block) {
  Clusters *c = argument;
  i64 at = block * BLOCK;
  i64 size = c->count - at < BLOCK ? c->count - at : BLOCK;
  nearest(c->table, c->weight + at, c->y + at, c->index + at, size, c->attributes->zeros);
}

// A set of centroids whose weights lie a row apart. They are gathered in pieces.
static void nearest_set(void *argument, i64 set) {
  Clusters *c = argument;
  int clusters = (int)c->attributes->clusters;
  Table table;
  fill(&table, c->centroids + set * clusters, clusters);
  float weight[STRIDED], y[STRIDED];
  u8 index[STRIDED];
  i64 rows = c->count / c->sets;
  for (i64 row = 0; row < rows; row += STRIDED) {
    i64 size = rows - row < STRIDED ? rows - row : STRIDED;
    i64 at = row * c->sets + set;
    for (i64 i = 0; i < size; i++) {
      weight[i] = c->weight[at + i * c->sets];
    }
    nearest(&table, weight, y, index, size, c->attributes->zeros);
    for (i64 i = 0; i < size; i++) {
      c->y[at + i * c->sets] = y[i];
      c->index[at + i * c->sets] = index[i];
    }
  }
}

static const char *wrong_clusters(
    const Attributes *attributes, const Tensor *weight, const Tensor *centroids) {
  if (attributes->channels && !host.rank(weight)) {
    return "a scalar has no channels";
  }
  i64 sets = attributes->channels ? depth_of(weight) : 1;
  return host.rank(centroids) == 1 && host.dim(centroids, 0) == sets * attributes->clusters
             ? 0
             : "there must be a vector with the centroids of all sets";
}

static void cluster_all(
    Clusters *c, const Attributes *attributes, const Tensor *weight, const Tensor *centroids) {
  c->attributes = attributes;
  c->weight = host.data(weight);
  c->centroids = host.data(centroids);
  c->count = count_of(weight);
  c->sets = attributes->channels ? depth_of(weight) : 1;
  if (c->count == 0) {
    return;
  }
  if (attributes->channels) {
    pool_run(nearest_set, c, c->sets, c->count > BLOCK ? (int)attributes->threads : 1);
  } else {
    Table table;
    fill(&table, c->centroids, (int)attributes->clusters);
    c->table = &table;
    pool_run(nearest_block, c, (c->count + BLOCK - 1) / BLOCK, (int)attributes->threads);
  }
}

static void cluster_compute(void *state, Context *context) {
  Status *status = host.new_status();
  Tensor *in[2];
  if (inputs(context, status, in, 2)) {
    const char *wrong = wrong_clusters(state, in[0], in[1]);
    if (wrong) {
      fail(context, status, TF_INVALID_ARGUMENT, wrong);
    } else {
      i64 dims[MOST_DIMENSIONS];
      int rank = dims_of(in[0], dims);
      Tensor *out[2] = {output(context, status, 0, TF_FLOAT, dims, rank), 0};
      out[1] = out[0] ? output(context, status, 1, TF_UINT8, dims, rank) : 0;
      if (out[1]) {
        Clusters c = {0};
        c.y = host.data(out[0]);
        c.index = host.data(out[1]);
        cluster_all(&c, state, in[0], in[1]);
      }
      delete_all(out, 2);
    }
    delete_all(in, 2);
  }
  host.delete_status(status);
}

// One addition for each weight: many centroids. No index is beyond the arrays. Four sums of each let the additions overlap.
static void add_scattered(
    const float *g, const float *weight, const u8 *index, i64 n, i64 stride, int zeros,
    double *sum, i64 *number) {
  double sums[4][MOST_CLUSTERS] = {{0}};
  int numbers[4][MOST_CLUSTERS] = {{0}};
  for (i64 i = 0; i < n; i++) {
    float value = g[i * stride];
    value = zeros ? value * (weight[i * stride] != 0.0f ? 1.0f : 0.0f) : value;
    sums[i & 3][index[i * stride]] += value;
    numbers[i & 3][index[i * stride]]++;
  }
  for (int j = 0; j < MOST_CLUSTERS; j++) {
    sum[j] += sums[0][j] + sums[1][j] + (sums[2][j] + sums[3][j]);
    number[j] += numbers[0][j] + numbers[1][j] + numbers[2][j] + numbers[3][j];
  }
}

static float mean(const Attributes *attributes, double sum, i64 number) {
  return (float)(attributes->mean && number > 1 ? sum / (double)number : sum);
}

static void sums_block(void *argument, i64 block) {
  Clusters *c = argument;
  i64 size = (c->count + PARTS - 1) / PARTS, at = block * size;
  if (at >= c->count) {
    return;
  }
  size = c->count - at < size ? c->count - at : size;
  double *sum = c->sum + block * MOST_CLUSTERS;
  i64 *number = c->number + block * MOST_CLUSTERS;
  int clusters = (int)c->attributes->clusters, zeros = c->attributes->zeros;
  if (clusters <= FEW) {
    loops.sums_few(c->g + at, c->weight + at, c->known + at, size, clusters, zeros, sum, number);
  } else {
    add_scattered(c->g + at, c->weight + at, c->known + at, size, 1, zeros, sum, number);
  }
}

static void sums_set(void *argument, i64 set) {
  Clusters *c = argument;
  double sum[MOST_CLUSTERS] = {0};
  i64 number[MOST_CLUSTERS] = {0};
  add_scattered(
      c->g + set, c->weight + set, c->known + set, c->count / c->sets, c->sets,
      c->attributes->zeros, sum, number);
  int clusters = (int)c->attributes->clusters;
  for (int j = 0; j < clusters; j++) {
    c->y[set * clusters + j] = mean(c->attributes, sum[j], number[j]);
  }
}

static void sums_all(Clusters *c) {
  double sum[PARTS * MOST_CLUSTERS] = {0};
  i64 number[PARTS * MOST_CLUSTERS] = {0};
  c->sum = sum;
  c->number = number;
  pool_run(sums_block, c, PARTS, c->count > BLOCK ? (int)c->attributes->threads : 1);
  for (int j = 0; j < c->attributes->clusters; j++) {
    for (int part = 1; part < PARTS; part++) {
      sum[j] += sum[part * MOST_CLUSTERS + j];
      number[j] += number[part * MOST_CLUSTERS + j];
    }
    c->y[j] = mean(c->attributes, sum[j], number[j]);
  }
}

static void gradient_all(Clusters *c) {
  if (c->attributes->channels) {
    pool_run(sums_set, c, c->sets, c->count > BLOCK ? (int)c->attributes->threads : 1);
  } else {
    sums_all(c);
  }
}

static void cluster_gradient_compute(void *state, Context *context) {
  Status *status = host.new_status();
  const Attributes *attributes = state;
  Tensor *in[4];
  if (inputs(context, status, in, 4)) {
    const char *wrong = wrong_clusters(attributes, in[1], in[2]);
    if (!wrong && !(same_shape(in[0], in[1]) && same_shape(in[3], in[1]))) {
      wrong = "gradient and indices must have the weight's shape";
    }
    if (wrong) {
      fail(context, status, TF_INVALID_ARGUMENT, wrong);
    } else {
      i64 size = host.dim(in[2], 0);
      Tensor *out = output(context, status, 0, TF_FLOAT, &size, 1);
      if (out) {
        Clusters c = {0};
        c.attributes = attributes;
        c.g = host.data(in[0]);
        c.weight = host.data(in[1]);
        c.known = host.data(in[3]);
        c.y = host.data(out);
        c.count = count_of(in[1]);
        c.sets = attributes->channels ? depth_of(in[1]) : 1;
        gradient_all(&c);
        host.delete_tensor(out);
      }
    }
    delete_all(in, 4);
  }
  host.delete_status(status);
}

typedef struct {
  const float *g, *weight;
  float *y;
  i64 count;
} Kept;

static void keep_block(void *argument, i64 block) {
  Kept *k = argument;
  i64 at = block * BLOCK;
  i64 size = k->count - at < BLOCK ? k->count - at : BLOCK;
  loops.keep_zeros(k->g + at, k->weight + at, k->y + at, size);
}

static void keep_zeros_compute(void *state, Context *context) {
  Status *status = host.new_status();
  const Attributes *attributes = state;
  Tensor *in[2];
  if (inputs(context, status, in, 2)) {
    if (!same_shape(in[0], in[1])) {
      fail(context, status, TF_INVALID_ARGUMENT, "a gradient must have the weight's shape");
    } else {
      Tensor *y = output_in_place(context, status, in[0], &(int){0}, 1);
      if (y) {
        Kept k = {host.data(in[0]), host.data(in[1]), host.data(y), count_of(in[0])};
        pool_run(keep_block, &k, (k.count + BLOCK - 1) / BLOCK, (int)attributes->threads);
        host.delete_tensor(y);
      }
    }
    delete_all(in, 2);
  }
  host.delete_status(status);
}

static void *keep_zeros_create(Construction *construction) {
  Status *status = host.new_status();
  Attributes *made = new_attributes(construction, status);
  return checked_attributes(construction, made, status);
}

static void *cluster_create(Construction *construction) {
  Status *status = host.new_status();
  Attributes *made = new_attributes(construction, status);
  if (made) {
    host.attr_int(construction, "clusters", &made->clusters, status);
    host.attr_bool(construction, "channels", &made->channels, status);
    host.attr_bool(construction, "zeros", &made->zeros, status);
    host.attr_bool(construction, "mean", &made->mean, status);
    if (host.get_code(status) == TF_OK && (made->clusters < 1 || made->clusters > MOST_CLUSTERS)) {
      host.set_status(status, TF_INVALID_ARGUMENT, "clusters must be from 1 to 256");
    }
  }
  return checked_attributes(construction, made, status);
}

static void cluster_shapes(ShapeContext *context, Status *status) {
  shapes_as(context, status, 0, 0);
  if (host.get_code(status) == TF_OK) {
    shapes_as(context, status, 1, 0);
  }
}

static void centroid_shape(ShapeContext *context, Status *status) {
  shapes_as(context, status, 0, 2);
}

static void clusters_register(Status *status) {
  static const char *const attributes[] = {
      "clusters: int", "channels: bool = false", "zeros: bool = false", "mean: bool = false",
      "threads: int = 1", 0};
  static const char *const threads[] = {"threads: int = 1", 0};
  static const char *const in[] = {"weight: float", "centroids: float", 0};
  static const char *const out[] = {"clustered: float", "index: uint8", 0};
  static const char *const back[] = {
      "gradients: float", "weight: float", "centroids: float", "index: uint8", 0};
  static const char *const sums[] = {"centroid_gradients: float", 0};
  static const char *const pair[] = {"gradients: float", "weight: float", 0};
  static const char *const kept[] = {"kept: float", 0};
  static const Operation all[] = {
      {"TfmotCluster1", in, out, attributes, cluster_shapes, cluster_create, cluster_compute},
      {"TfmotClusterGradient1", back, sums, attributes, centroid_shape, cluster_create,
       cluster_gradient_compute},
      {"TfmotKeepZeros1", pair, kept, threads, shape_of_first, keep_zeros_create,
       keep_zeros_compute}};
  for (int i = 0; i < 3 && host.get_code(status) == TF_OK; i++) {
    register_operation(&all[i], status);
  }
}

#endif
