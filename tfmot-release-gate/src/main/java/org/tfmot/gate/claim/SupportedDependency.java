package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/**
 * A dependency, and the versions of it that a technique supports.
 *
 * @param name as it is spoken of, such as {@code tensorflow}
 * @param coordinates {@code groupId:artifactId}
 * @param lowest the oldest version that the claims hold for
 * @param newest the newest version that the claims hold for
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record SupportedDependency(String name, String coordinates, String lowest, String newest) {}
