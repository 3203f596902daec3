package org.tfmot.officialmodels.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Makes the next batches on a thread of its own while a step is computed; keeps their order. */
final class Prefetcher implements AutoCloseable {

  private static final int AHEAD = 3;

  private final BatchSource source;
  private final long end;
  private final ExecutorService executor;
  private final Deque<Future<Batch>> pending = new ArrayDeque<>();
  private long next;

  Prefetcher(BatchSource source, long first, long end) {
    this.source = source;
    this.next = first;
    this.end = end;
    this.executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "tfmot-input");
              thread.setDaemon(true);
              return thread;
            });
    while (pending.size() < AHEAD) {
      if (!request()) {
        break;
      }
    }
  }

  /**
   * The next batch; the caller closes it.
   *
   * @throws InterruptedException if the thread was interrupted, also if the batch is there
   */
  Batch take() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    request();
    try {
      return pending.remove().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the training data could not be read: " + e.getCause(), e);
    }
  }

  @Override
  public void close() {
    executor.shutdown();
    try {
      for (Future<Batch> batch : pending) {
        close(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("EmptyCatch") // A batch that could not be made holds nothing to free.
  private static void close(Future<Batch> batch) throws InterruptedException {
    try {
      batch.get().close();
    } catch (ExecutionException e) {
      // Nobody asked for it any more.
    }
  }

  private boolean request() {
    if (next >= end) {
      return false;
    }
    long step = next++;
    pending.add(executor.submit(() -> source.batch(step)));
    return true;
  }
}
