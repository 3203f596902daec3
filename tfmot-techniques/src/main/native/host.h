// The functions that the kernels use of TensorFlow's C API and of the C library. The caller of
// tfmot_register hands over their addresses in this order, so that the library links to nothing.
#ifndef TFMOT_HOST_H
#define TFMOT_HOST_H

typedef long long i64;
typedef unsigned char u8;
typedef __SIZE_TYPE__ size_type;

typedef struct Status Status;
typedef struct Tensor Tensor;
typedef struct Shape Shape;
typedef struct OpBuilder OpBuilder;
typedef struct KernelBuilder KernelBuilder;
typedef struct Construction Construction;
typedef struct Context Context;
typedef struct ShapeContext ShapeContext;

// TF_DataType and TF_Code.
enum { TF_FLOAT = 1, TF_UINT8 = 4 };
enum { TF_OK = 0, TF_INVALID_ARGUMENT = 3, TF_RESOURCE_EXHAUSTED = 8 };

typedef struct {
  Status *(*new_status)(void);
  void (*delete_status)(Status *);
  void (*set_status)(Status *, int, const char *);
  int (*get_code)(const Status *);
  const char *(*message)(const Status *);

  OpBuilder *(*new_op)(const char *);
  void (*op_attr)(OpBuilder *, const char *);
  void (*op_input)(OpBuilder *, const char *);
  void (*op_output)(OpBuilder *, const char *);
  void (*op_shape)(OpBuilder *, void (*)(ShapeContext *, Status *));
  void (*register_op)(OpBuilder *, Status *);

  Shape *(*new_shape)(void);
  void (*delete_shape)(Shape *);
  void (*shape_input)(ShapeContext *, int, Shape *, Status *);
  void (*shape_output)(ShapeContext *, int, Shape *, Status *);

  KernelBuilder *(*new_kernel)(
      const char *, const char *, void *(*)(Construction *), void (*)(void *, Context *),
      void (*)(void *));
  void (*register_kernel)(const char *, KernelBuilder *, Status *);
  void (*attr_int)(Construction *, const char *, i64 *, Status *);
  void (*attr_bool)(Construction *, const char *, u8 *, Status *);
  void (*construction_failure)(Construction *, Status *);

  void (*get_input)(Context *, int, Tensor **, Status *);
  Tensor *(*allocate)(Context *, int, int, const i64 *, int, size_type, Status *);
  Tensor *(*forward_or_allocate)(
      Context *, const int *, int, int, const i64 *, int, int *, Status *);
  void (*failure)(Context *, Status *);
  void (*delete_tensor)(Tensor *);
  void *(*data)(const Tensor *);
  int (*rank)(const Tensor *);
  i64 (*dim)(const Tensor *, int);

  void *(*allocate_bytes)(size_type);
  void (*free_bytes)(void *);
  int (*thread_create)(void *, const void *, void *(*)(void *), void *);
  int (*thread_detach)(unsigned long);
  int (*mutex_lock)(void *);
  int (*mutex_trylock)(void *);
  int (*mutex_unlock)(void *);
  int (*mutex_init)(void *, const void *);
  int (*cond_init)(void *, const void *);
  int (*cond_wait)(void *, void *);
  int (*cond_broadcast)(void *);
} Host;

static Host host;

#endif
