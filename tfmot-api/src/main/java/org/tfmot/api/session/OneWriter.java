package org.tfmot.api.session;

import java.util.ConcurrentModificationException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Lets many threads read, or one change, a thing that is not made for both at once. Nobody waits:
 * who comes at the wrong time is refused, since an order by chance would give results by chance.
 */
@API(status = API.Status.INTERNAL, since = "0.2.0")
public final class OneWriter {

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  /** The name of the thread that changes it, for messages. */
  private volatile @Nullable String writer;

  /**
   * Reads.
   *
   * @throws ConcurrentModificationException if another thread changes the model
   */
  public <T> T read(Supplier<T> action) {
    return locked(lock.readLock(), "read", action);
  }

  /**
   * Changes.
   *
   * @throws ConcurrentModificationException if another thread changes or reads the model
   */
  public <T> T write(Supplier<T> action) {
    return locked(
        lock.writeLock(),
        "change",
        () -> {
          String before = writer;
          writer = Thread.currentThread().getName();
          try {
            return action.get();
          } finally {
            writer = before;
          }
        });
  }

  private <T> T locked(Lock part, String wish, Supplier<T> action) {
    if (!part.tryLock()) {
      String changing = writer;
      throw new ConcurrentModificationException(
          "the thread \"%s\" cannot %s the live model while %s: let them take turns, or open one for each thread"
              .formatted(
                  Thread.currentThread().getName(),
                  wish,
                  changing == null
                      ? "other threads run or read it"
                      : "the thread \"" + changing + "\" changes it"));
    }
    try {
      return action.get();
    } finally {
      part.unlock();
    }
  }
}
