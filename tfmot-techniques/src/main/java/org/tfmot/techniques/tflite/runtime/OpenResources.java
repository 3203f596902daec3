package org.tfmot.techniques.tflite.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apiguardian.api.API;
import org.bytedeco.javacpp.Pointer;

/** Native resources that live as long as the one that was opened last, which is closed first. */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class OpenResources implements AutoCloseable {

  private final Deque<Runnable> closers = new ArrayDeque<>();

  /** Takes over a resource. */
  public <T extends Pointer> T add(T resource) {
    atClose(resource::close);
    return resource;
  }

  /** Takes over a resource that an action closes. */
  public void atClose(Runnable closer) {
    closers.push(closer);
  }

  /** Returns the number of resources that are open. */
  public int count() {
    return closers.size();
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
