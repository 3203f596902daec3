package org.tfmot.techniques.tflite.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportBeginOpInvokeEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportEndOpInvokeEvent_TfLiteTelemetryProfilerStruct_int;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportOpInvokeEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long_long;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportSettings_TfLiteTelemetryProfilerStruct_BytePointer_TfLiteTelemetrySettings;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportTelemetryEvent_TfLiteTelemetryProfilerStruct_BytePointer_long;
import org.bytedeco.tensorflowlite.TfLiteTelemetryProfilerStruct.ReportTelemetryOpEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long_long;
import org.bytedeco.tensorflowlite.TfLiteTelemetrySettings;

/** Takes the times of operations as the runtime reports them, on the thread that runs a model. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class OperatorClock implements AutoCloseable {

  private final List<String> operators = new ArrayList<>();
  private final List<Long> begins = new ArrayList<>();
  private final List<Long> nanos = new ArrayList<>();
  private final Begin begin = new Begin();
  private final End end = new End();
  // The runtime calls all of a profiler's functions, also those whose reports are of no interest.
  private final Event event = new Event();
  private final OperatorEvent operatorEvent = new OperatorEvent();
  private final Settings settings = new Settings();
  private final Invoked invoked = new Invoked();
  private final TfLiteTelemetryProfilerStruct struct = new TfLiteTelemetryProfilerStruct();

  public OperatorClock() {
    Pointer.memset(struct, 0, struct.sizeof());
    struct.ReportBeginOpInvokeEvent(begin);
    struct.ReportEndOpInvokeEvent(end);
    struct.ReportTelemetryEvent(event);
    struct.ReportTelemetryOpEvent(operatorEvent);
    struct.ReportSettings(settings);
    struct.ReportOpInvokeEvent(invoked);
  }

  /** The functions for the runtime, valid until this is closed. */
  public TfLiteTelemetryProfilerStruct struct() {
    return struct;
  }

  public void reset() {
    operators.clear();
    begins.clear();
    nanos.clear();
  }

  /** Hands out each operation since the last reset, and how long it took in nanoseconds. */
  public void forEach(BiConsumer<String, Long> consumer) {
    for (int i = 0; i < operators.size(); i++) {
      consumer.accept(operators.get(i), nanos.get(i));
    }
  }

  @Override
  public void close() {
    struct.close();
    List.of(begin, end, event, operatorEvent, settings, invoked).forEach(Pointer::close);
  }

  private final class Begin
      extends ReportBeginOpInvokeEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long {
    @Override
    public int call(
        TfLiteTelemetryProfilerStruct profiler, BytePointer name, long operator, long subgraph) {
      operators.add(name.getString());
      nanos.add(0L);
      begins.add(System.nanoTime());
      return operators.size() - 1;
    }
  }

  private final class End extends ReportEndOpInvokeEvent_TfLiteTelemetryProfilerStruct_int {
    @Override
    public void call(TfLiteTelemetryProfilerStruct profiler, int handle) {
      long now = System.nanoTime();
      if (handle >= 0 && handle < begins.size()) {
        nanos.set(handle, now - begins.get(handle));
      }
    }
  }

  private static final class Event
      extends ReportTelemetryEvent_TfLiteTelemetryProfilerStruct_BytePointer_long {
    @Override
    public void call(TfLiteTelemetryProfilerStruct profiler, BytePointer name, long status) {}
  }

  private static final class OperatorEvent
      extends ReportTelemetryOpEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long_long {
    @Override
    public void call(
        TfLiteTelemetryProfilerStruct profiler,
        BytePointer name,
        long operator,
        long subgraph,
        long status) {}
  }

  private static final class Settings
      extends ReportSettings_TfLiteTelemetryProfilerStruct_BytePointer_TfLiteTelemetrySettings {
    @Override
    public void call(
        TfLiteTelemetryProfilerStruct profiler, BytePointer name, TfLiteTelemetrySettings values) {}
  }

  private static final class Invoked
      extends ReportOpInvokeEvent_TfLiteTelemetryProfilerStruct_BytePointer_long_long_long {
    @Override
    public void call(
        TfLiteTelemetryProfilerStruct profiler,
        BytePointer name,
        long elapsed,
        long operator,
        long subgraph) {}
  }
}
