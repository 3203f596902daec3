/**
 * Promises of a technique: claims, the descriptors that state them, and the checks that keep
 * claims, tests and documentation the same.
 */
@NullMarked
package org.tfmot.gate.claim;

import org.jspecify.annotations.NullMarked;
