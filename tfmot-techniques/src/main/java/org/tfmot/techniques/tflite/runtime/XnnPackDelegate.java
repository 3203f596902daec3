package org.tfmot.techniques.tflite.runtime;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Structure;
import org.apiguardian.api.API;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.TfLiteDelegate;
import org.bytedeco.tensorflowlite.global.tensorflowlite;

/**
 * The XNNPACK delegate with all of its kernels on. The one that the runtime applies by itself takes
 * fewer operations, in some builds float ones only.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class XnnPackDelegate implements AutoCloseable {

  // Signed and unsigned 8-bit operations.
  private static final int QS8 = 1;
  private static final int QU8 = 2;
  // Among others convolutions of float activations with int8 weights (dynamic range).
  private static final int LATEST_OPERATORS = 0x40;

  private final NativeLibrary library;
  private final TfLiteDelegate delegate;

  public XnnPackDelegate(int threads) {
    library = NativeLibrary.getInstance(Loader.load(tensorflowlite.class));
    Options options =
        (Options)
            function("TfLiteXNNPackDelegateOptionsDefault").invoke(Options.class, new Object[0]);
    options.threads = threads;
    options.flags |= QS8 | QU8 | LATEST_OPERATORS;
    options.write();
    Object[] arguments = {options.getPointer()};
    com.sun.jna.Pointer created = function("TfLiteXNNPackDelegateCreate").invokePointer(arguments);
    if (created == null) {
      throw new IllegalStateException("XNNPACK cannot be initialized on this processor");
    }
    delegate = new TfLiteDelegate(new Address(com.sun.jna.Pointer.nativeValue(created)));
  }

  public TfLiteDelegate delegate() {
    return delegate;
  }

  /** To be called after the interpreter that uses it was closed. */
  @Override
  public void close() {
    Object[] arguments = {new com.sun.jna.Pointer(delegate.address())};
    function("TfLiteXNNPackDelegateDelete").invokeVoid(arguments);
  }

  private Function function(String name) {
    return library.getFunction(name);
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }

  /**
   * The delegate's options. Only the first two fields are of interest; there is room for more than
   * the library has, which it fills with its defaults.
   */
  @Structure.FieldOrder({"threads", "flags", "others"})
  public static final class Options extends Structure implements Structure.ByValue {
    public int threads;
    public int flags;
    public long[] others = new long[31];
  }
}
