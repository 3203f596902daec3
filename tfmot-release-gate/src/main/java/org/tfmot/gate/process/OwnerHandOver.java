package org.tfmot.gate.process;

import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.process.ProcessEvent.OwnerChanged;

/**
 * Prepares a change of owners. The event is signed by {@code by} and by everyone who joins, one
 * after the other, and then appended; the descriptor is changed to the new owners with it.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class OwnerHandOver {

  private final String technique;
  private final SortedSet<String> from;
  private final SortedSet<String> to;

  private OwnerHandOver(String technique, SortedSet<String> from) {
    this.technique = technique;
    this.from = from;
    this.to = new TreeSet<>(from);
  }

  /**
   * A hand-over from the present owners.
   *
   * @throws IllegalArgumentException if the technique has none: it was not proposed
   */
  public static OwnerHandOver of(Journal journal, String technique) {
    SortedSet<String> owners = journal.owners(technique);
    if (owners.isEmpty()) {
      throw new ProcessRefusedException(
          "%s has no owners to hand over from: it was not proposed".formatted(technique));
    }
    return new OwnerHandOver(technique, owners);
  }

  /** Someone becomes an owner. */
  public OwnerHandOver join(String name) {
    if (!to.add(name)) {
      throw new ProcessRefusedException("%s owns %s already".formatted(name, technique));
    }
    return this;
  }

  /** Someone stops being an owner. */
  public OwnerHandOver leave(String name) {
    if (!to.remove(name)) {
      throw new ProcessRefusedException("%s does not own %s".formatted(name, technique));
    }
    return this;
  }

  /**
   * The event, to be signed.
   *
   * @param by one of the present owners, or someone of TFMOT if none is left to ask
   * @param onCall which of the new owners to call first
   * @throws IllegalArgumentException if fewer than two owners are left, or the one on call is none
   */
  public OwnerChanged event(String by, String onCall, String reason) {
    return new OwnerChanged(technique, by, from, to, onCall, reason);
  }
}
