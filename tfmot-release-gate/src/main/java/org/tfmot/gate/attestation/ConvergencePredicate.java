package org.tfmot.gate.attestation;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.json.Digest;
import org.tfmot.gate.ledger.HashChain.Head;

/**
 * The predicate of the convergence statement: what was proven, from what, and how surely.
 *
 * @param gate name and version of the gate that decided
 * @param time when it decided (ISO 8601, UTC)
 * @param commit that the files were built from
 * @param claimsDigests technique to digest of all its claims
 * @param inputs what else the runs were made from, by name: the locked class path, data sets; may
 *     be empty
 * @param ledger the head of the ledger that the evidence is in
 * @param journal the head of the journal with the approvals; null if there is none
 * @param claims every claim of the gate
 * @param triesSince the lines of the ledger that the release before had, after which tries are
 *     counted; null if there was none
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record ConvergencePredicate(
    String gate,
    String time,
    String commit,
    SortedMap<String, Digest> claimsDigests,
    SortedMap<String, Digest> inputs,
    Head ledger,
    @Nullable Head journal,
    List<AttestedClaim> claims,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long triesSince) {

  /** Its type in a statement. */
  public static final String TYPE = "https://tfmot.org/attestation/convergence/v1";

  /** The predicate of a first release. */
  public ConvergencePredicate(
      String gate,
      String time,
      String commit,
      SortedMap<String, Digest> claimsDigests,
      SortedMap<String, Digest> inputs,
      Head ledger,
      @Nullable Head journal,
      List<AttestedClaim> claims) {
    this(gate, time, commit, claimsDigests, inputs, ledger, journal, claims, null);
  }

  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if there is no claim, one is given twice, or the time cannot
   *     be read
   */
  public ConvergencePredicate {
    claimsDigests = Collections.unmodifiableSortedMap(new TreeMap<>(claimsDigests));
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
    claims = List.copyOf(claims);
    Times.parse(time);
    if (claims.isEmpty()) {
      throw new IllegalArgumentException("an attestation without a claim says nothing");
    }
    Set<String> ids = new HashSet<>();
    for (AttestedClaim claim : claims) {
      if (!ids.add(claim.id())) {
        throw new IllegalArgumentException(claim.id() + " is attested twice");
      }
    }
  }

  /** The claim with this id; null if it is not there. */
  public @Nullable AttestedClaim claim(String id) {
    return claims.stream().filter(claim -> claim.id().equals(id)).findFirst().orElse(null);
  }
}
