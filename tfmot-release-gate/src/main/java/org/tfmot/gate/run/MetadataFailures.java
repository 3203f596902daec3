package org.tfmot.gate.run;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.aether.AbstractRepositoryListener;
import org.eclipse.aether.RepositoryEvent;
import org.eclipse.aether.transfer.MetadataNotFoundException;
import org.eclipse.aether.transfer.MetadataTransferException;

/**
 * Hears what the resolver passes over: a repository that does not answer which versions it has. The
 * resolver then takes what lies about from earlier, which would be taken for the newest.
 */
final class MetadataFailures extends AbstractRepositoryListener {

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  @Override
  public void metadataDownloaded(RepositoryEvent event) {
    hear(event);
  }

  @Override
  public void metadataResolved(RepositoryEvent event) {
    hear(event);
  }

  private void hear(RepositoryEvent event) {
    Exception e = event.getException();
    if (e instanceof MetadataTransferException && !(e instanceof MetadataNotFoundException)) {
      failures.add(String.valueOf(e.getMessage()));
    }
  }

  void requireNone() throws IOException {
    if (!failures.isEmpty()) {
      throw new IOException(
          "a repository did not answer, so what is newest is not known: %s; try again later"
              .formatted(failures.peek()));
    }
  }
}
