package org.tfmot.gate.maven.release;

import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.tfmot.gate.attestation.Attestation;

/** The names of the files that the gate adds to a release. */
final class ReleaseFiles {

  static final String ATTESTATION_CLASSIFIER = "gate";
  static final String ATTESTATION_TYPE = "intoto.jsonl";
  static final String LEDGER_CLASSIFIER = "gate-ledger";
  static final String LEDGER_TYPE = "jsonl";

  /** Classifier of what the runs of the ledger depended on; of the ledger's type. */
  static final String DEPENDENCIES_CLASSIFIER = "gate-dependencies";

  private ReleaseFiles() {}

  static boolean isAttestation(String name) {
    return name.endsWith(Attestation.SUFFIX);
  }

  static boolean isLedger(String name) {
    return name.endsWith("-" + LEDGER_CLASSIFIER + "." + LEDGER_TYPE);
  }

  static boolean isDependencies(String name) {
    return name.endsWith("-" + DEPENDENCIES_CLASSIFIER + "." + LEDGER_TYPE);
  }

  /** Returns the files that an attestation is about: all except the attestation. */
  static SortedMap<String, Path> attestable(SortedMap<String, Path> files) {
    SortedMap<String, Path> attestable = new TreeMap<>(files);
    attestable.keySet().removeIf(ReleaseFiles::isAttestation);
    return attestable;
  }
}
