package org.tfmot.gate.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.ClaimRefusedException;
import org.tfmot.gate.claim.Registration;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;

/** All claims of some techniques, each with its rule, or with the reason why it has none. */
final class Register {

  /**
   * A claim.
   *
   * @param rule how it is decided; null if it was refused
   * @param refusal why; null if it was not
   */
  record Member(
      TechniqueDescriptor technique,
      Claim claim,
      @Nullable ClaimRule rule,
      @Nullable String refusal) {}

  private final SortedMap<String, Member> members;

  private Register(SortedMap<String, Member> members) {
    this.members = members;
  }

  /**
   * Registers all claims that the policy admits; each has the same share of the budget, refused
   * ones too.
   */
  static Register of(Collection<TechniqueDescriptor> techniques, ReleasePolicy policy) {
    double beta = policy.budget().share(techniques.stream().mapToInt(t -> t.claims().size()).sum());
    SortedMap<String, Member> members = new TreeMap<>();
    for (TechniqueDescriptor technique : techniques) {
      for (Claim claim : technique.claims()) {
        members.put(claim.id(), member(technique, claim, beta, policy));
      }
    }
    return new Register(Collections.unmodifiableSortedMap(members));
  }

  private static Member member(
      TechniqueDescriptor technique, Claim claim, double beta, ReleasePolicy policy) {
    List<String> objections = policy.objections(claim);
    if (!objections.isEmpty()) {
      String refusal = claim.id() + " is not admitted: " + String.join("; ", objections);
      return new Member(technique, claim, null, refusal);
    }
    try {
      ClaimRule rule = ClaimRule.of(Registration.of(claim), beta);
      return new Member(technique, claim, rule, null);
    } catch (ClaimRefusedException e) {
      return new Member(technique, claim, null, e.getMessage());
    }
  }

  /** By id. */
  SortedMap<String, Member> members() {
    return members;
  }

  List<String> refusals() {
    List<String> refusals = new ArrayList<>();
    for (Member member : members.values()) {
      if (member.refusal() != null) {
        refusals.add(member.refusal());
      }
    }
    return refusals;
  }

  static SortedMap<String, Digest> claimsDigests(Collection<TechniqueDescriptor> techniques) {
    SortedMap<String, Digest> digests = new TreeMap<>();
    techniques.forEach(t -> digests.put(t.technique(), t.claimsDigest()));
    return digests;
  }
}
