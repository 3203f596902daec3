package org.tfmot.techniques.tflite;

import com.google.common.base.Throwables;
import com.google.protobuf.UnknownFieldSet;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.tensorflow.TensorFlow;

/**
 * Calls the converter inside TensorFlow's native library.
 *
 * <p>There is one per process. Its two flag messages are C++ objects that are filled again for each
 * conversion; conversions run one after the other.
 */
final class NativeConverter {

  /** From where on a graph counts as deep; smaller ones fit an ordinary stack. */
  static final int DEEP = 2_000;

  /** The deepest graph that was tried, of operations in a chain. */
  static final int DEEPEST = 101_000;

  private static final long STACK = 64L << 20;

  /** About ten times what was measured, 0.5 kB for an element-wise function; only used is taken. */
  private static final long STACK_PER_OPERATION = 8L << 10;

  private static @Nullable NativeConverter instance;

  private final Function convert;
  private final Function parse;
  private final Function delete;
  private final Pointer modelFlags;
  private final Pointer converterFlags;

  private NativeConverter(String version) {
    LoadedLibraries.requireSupportedPlatform();
    ConverterSymbols symbols = ConverterSymbols.of(version);
    NativeLibrary converter = LoadedLibraries.find("libtensorflow_cc.so");
    NativeLibrary framework = LoadedLibraries.find("libtensorflow_framework.so");
    convert = function(converter, symbols.convert(), version);
    parse = function(framework, ConverterSymbols.PARSE, version);
    delete = function(framework, ConverterSymbols.DELETE, version);
    // Without an arena the messages live on the heap, here as long as the process.
    Object[] noArena = {Pointer.NULL};
    modelFlags = function(framework, symbols.newModelFlags(), version).invokePointer(noArena);
    converterFlags =
        function(framework, symbols.newConverterFlags(), version).invokePointer(noArena);
  }

  /**
   * The converter of the TensorFlow in use.
   *
   * @throws TfLiteConversionException if the platform or the version is not supported
   */
  static synchronized NativeConverter get() {
    if (instance == null) {
      instance = new NativeConverter(TensorFlow.version());
    }
    return instance;
  }

  /**
   * Converts a SavedModel.
   *
   * @param chain how many operations of the graph follow each other at most
   * @return the bytes of the TensorFlow Lite file
   * @throws TfLiteConversionException with the converter's message if it refuses
   */
  byte[] convert(UnknownFieldSet model, UnknownFieldSet flags, int chain) {
    CompletableFuture<byte[]> file = new CompletableFuture<>();
    // The converter calls itself for each operation that another one reads.
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                file.complete(convert(model, flags));
              } catch (Throwable e) {
                file.completeExceptionally(e);
              }
            },
            "tflite-conversion",
            STACK + chain * STACK_PER_OPERATION);
    thread.start();
    try {
      return file.join();
    } catch (CompletionException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw e;
    }
  }

  private synchronized byte[] convert(UnknownFieldSet model, UnknownFieldSet flags) {
    fill(modelFlags, model);
    fill(converterFlags, flags);
    try (CppString result = new CppString()) {
      StatusReturn status =
          (StatusReturn)
              convert.invoke(
                  StatusReturn.class,
                  new Object[] {modelFlags, converterFlags, result.memory, Pointer.NULL});
      if (status.word != 0) {
        throw ConverterMessages.error(message(status.word));
      }
      return result.bytes();
    }
  }

  private void fill(Pointer message, UnknownFieldSet fields) {
    byte[] wire = fields.toByteArray();
    int parsed = parse.invokeInt(new Object[] {message, wire, wire.length});
    // A C++ bool is one byte; the rest of the register is anything.
    if ((parsed & 0xFF) == 0) {
      throw new TfLiteConversionException("TensorFlow does not accept the converter's flags");
    }
  }

  /**
   * The text of an {@code absl::Status} that is not OK: a code alone, or, with the lowest bit set,
   * the address of the code and the message.
   */
  private static String message(long word) {
    if ((word & 1) == 0) {
      return "the converter failed with status code " + (word >> 2) + " and no message";
    }
    Pointer content = new Pointer(word - 1);
    Pointer text = content.getPointer(8);
    long length = content.getLong(16);
    return new String(text.getByteArray(0, Math.toIntExact(length)), StandardCharsets.UTF_8);
  }

  private static Function function(NativeLibrary library, String symbol, String version) {
    try {
      return library.getFunction(symbol);
    } catch (UnsatisfiedLinkError e) {
      throw new TfLiteConversionException(
          "the native library of TensorFlow %s lacks the converter's function %s"
              .formatted(version, symbol),
          e);
    }
  }

  /** A libstdc++ {@code std::string}: pointer, length, and room for 15 characters. */
  private final class CppString implements AutoCloseable {
    private static final int SIZE = 32;
    private static final int ROOM = 16;

    private final Memory memory = new Memory(SIZE);

    CppString() {
      memory.clear();
      memory.setPointer(0, memory.share(ROOM));
    }

    byte[] bytes() {
      return memory.getPointer(0).getByteArray(0, Math.toIntExact(memory.getLong(8)));
    }

    @Override
    public void close() {
      Pointer characters = memory.getPointer(0);
      if (Pointer.nativeValue(characters) != Pointer.nativeValue(memory) + ROOM) {
        delete.invokeVoid(new Object[] {characters});
      }
      memory.close();
    }
  }

  /**
   * Holds a returned {@code absl::Status}. The type itself is one word, but not trivially copyable,
   * so the caller provides its place; declaring a structure too large for registers makes the
   * foreign function interface do so in each platform's way.
   */
  @Structure.FieldOrder({"word", "unused"})
  public static final class StatusReturn extends Structure implements Structure.ByValue {
    public long word;
    public long[] unused = new long[7];
  }
}
