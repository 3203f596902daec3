package org.tfmot.gate.claim;

import java.util.List;
import org.apiguardian.api.API;
import org.tfmot.gate.json.Digest;

/**
 * Descriptor that a technique ships as {@code META-INF/gate/<technique>.json} in its jar.
 *
 * @param schemaVersion 1
 * @param technique its name, lower case; the first part of its claims' ids
 * @param title as it is shown
 * @param owners at least two, one of them on call
 * @param rfc the path or link of its RFC
 * @param placement where its production example lives
 * @param supports the dependencies that it is held to, with lowest and newest version; may be empty
 * @param claims every benefit that its documentation states, at least one
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record TechniqueDescriptor(
    int schemaVersion,
    String technique,
    String title,
    List<Owner> owners,
    String rfc,
    PlacementDecision placement,
    List<SupportedDependency> supports,
    List<Claim> claims) {

  /** The schema that this version reads and writes. */
  public static final int SCHEMA_VERSION = 1;

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException naming everything that is wrong
   */
  public TechniqueDescriptor {
    owners = List.copyOf(owners);
    supports = List.copyOf(supports);
    claims = List.copyOf(claims);
    Problems problems = new Problems(technique);
    DescriptorRules.checkHead(schemaVersion, technique, title, rfc, problems);
    DescriptorRules.checkOwners(owners, problems.at("owners"));
    DescriptorRules.checkSupports(supports, problems.at("supports"));
    DescriptorRules.checkIds(
        technique, claims.stream().map(Claim::id).toList(), problems.at("claims"));
    problems.throwIfAny();
  }

  /**
   * The digest of all claims together, in whatever order they stand. Approvals are pinned to it.
   */
  public Digest claimsDigest() {
    return Digest.ofJson(claims.stream().map(Claim::digest).sorted().toList());
  }

  /** The owner to call first. */
  public Owner onCall() {
    return owners.stream().filter(Owner::onCall).findFirst().orElseThrow();
  }
}
