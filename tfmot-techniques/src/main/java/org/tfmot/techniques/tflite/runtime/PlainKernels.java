package org.tfmot.techniques.tflite.runtime;

import org.apiguardian.api.API;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.BuiltinOpResolverWithoutDefaultDelegates;
import org.bytedeco.tensorflowlite.Find_builtin_op_Pointer_int_int;
import org.bytedeco.tensorflowlite.TfLiteRegistration;

/**
 * Hands the runtime's own kernels to its C interface, which otherwise applies an XNNPACK delegate
 * by itself.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class PlainKernels extends Find_builtin_op_Pointer_int_int {

  private final BuiltinOpResolverWithoutDefaultDelegates kernels =
      new BuiltinOpResolverWithoutDefaultDelegates();

  @Override
  public TfLiteRegistration call(Pointer user, int operator, int version) {
    return kernels.FindOp(operator, version);
  }

  /** To be called after the interpreter that uses the kernels was closed. */
  @Override
  public void close() {
    super.close();
    kernels.close();
  }
}
