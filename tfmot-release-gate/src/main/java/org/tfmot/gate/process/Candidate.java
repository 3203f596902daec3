package org.tfmot.gate.process;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apiguardian.api.API;
import org.tfmot.gate.claim.Claim;
import org.tfmot.gate.claim.Owner;
import org.tfmot.gate.claim.TechniqueDescriptor;
import org.tfmot.gate.json.Digest;

/**
 * A technique as it stands now.
 *
 * @param descriptor with its claims
 * @param commit the head, a full hash
 * @param example digest of the example's code
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Candidate(TechniqueDescriptor descriptor, String commit, Digest example) {

  /** Returns the revision that an approval of this is pinned to. */
  public Revision revision() {
    return new Revision(commit, descriptor.claimsDigest(), example);
  }

  SortedSet<String> claimIds() {
    SortedSet<String> ids = new TreeSet<>();
    for (Claim claim : descriptor.claims()) {
      ids.add(claim.id());
    }
    return Collections.unmodifiableSortedSet(ids);
  }

  SortedSet<String> owners() {
    SortedSet<String> names = new TreeSet<>();
    for (Owner owner : descriptor.owners()) {
      names.add(owner.name());
    }
    return Collections.unmodifiableSortedSet(names);
  }
}
