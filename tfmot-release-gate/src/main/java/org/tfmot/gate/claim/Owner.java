package org.tfmot.gate.claim;

import org.apiguardian.api.API;

/**
 * Someone who answers for a technique.
 *
 * @param name unique within the technique
 * @param contact a mail address or another way to reach them
 * @param onCall whether they are the one to call first; one owner is
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public record Owner(String name, String contact, boolean onCall) {}
