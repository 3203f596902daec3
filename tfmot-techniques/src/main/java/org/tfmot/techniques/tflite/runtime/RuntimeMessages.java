package org.tfmot.techniques.tflite.runtime;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;
import org.bytedeco.tensorflowlite.ErrorReporter;
import org.jspecify.annotations.Nullable;

/**
 * Collects what the runtime says of errors, which it would print otherwise: an {@code
 * ErrorReporter} made in memory. Its class has virtual functions only, so that an object is one
 * pointer to a table: two destructors and {@code Report(const char*, va_list)}, as the C++ ABI of
 * Linux and macOS lays it out. Elsewhere nothing is collected.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class RuntimeMessages {

  private static final int LONGEST = 1024;
  private static final int MOST = 20;
  private static final int DESTRUCTORS = 2;

  private final List<String> messages = new ArrayList<>();
  private final List<Callback> callbacks = new ArrayList<>();
  private final @Nullable Memory table;
  private final @Nullable Memory object;

  /** Called by the runtime, on the thread that called it. */
  interface Report extends Callback {
    /** Receives a format and its arguments as {@code vprintf} does. */
    int invoke(Pointer reporter, Pointer format, Pointer arguments);
  }

  /** Called if the runtime destroys the object, which it does not own. */
  interface Destructor extends Callback {
    /** Does nothing. */
    void invoke(Pointer reporter);
  }

  public RuntimeMessages() {
    if (Platform.isWindows()) {
      table = null;
      object = null;
      return;
    }
    table = new Memory((DESTRUCTORS + 1L) * Native.POINTER_SIZE);
    for (int i = 0; i < DESTRUCTORS; i++) {
      table.setPointer((long) i * Native.POINTER_SIZE, function((Destructor) reporter -> {}));
    }
    table.setPointer((long) DESTRUCTORS * Native.POINTER_SIZE, function((Report) this::add));
    object = new Memory(Native.POINTER_SIZE);
    object.setPointer(0, table);
  }

  private Pointer function(Callback callback) {
    // Native code holds no reference that the garbage collector would see.
    callbacks.add(callback);
    return CallbackReference.getFunctionPointer(callback);
  }

  /** Returns the object for the runtime, which must not use it after this one is unreachable. */
  public Optional<ErrorReporter> reporter() {
    return Optional.ofNullable(object)
        .map(memory -> new ErrorReporter(new Address(Pointer.nativeValue(memory))));
  }

  private int add(Pointer reporter, Pointer format, Pointer arguments) {
    try (Memory text = new Memory(LONGEST)) {
      Function print = NativeLibrary.getProcess().getFunction("vsnprintf");
      print.invokeInt(new Object[] {text, (long) LONGEST, format, arguments});
      if (messages.size() < MOST) {
        messages.add(text.getString(0).strip());
      }
    }
    return 0;
  }

  /** Forgets what was collected. */
  public void clear() {
    messages.clear();
  }

  /** Returns what was collected as one sentence; empty if that is nothing. */
  public String text() {
    return String.join("; ", messages.stream().map(RuntimeMessages::withoutFolders).toList());
  }

  /** Shortens the paths of source files, which are those of the machine that built the runtime. */
  private static String withoutFolders(String message) {
    return message.replaceAll("\\S*/(?=\\w+\\.(cc|h):\\d+)", "");
  }

  private static final class Address extends org.bytedeco.javacpp.Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
