/**
 * Experiments that optimize the CIFAR ResNet, one for each technique, for the command line of the
 * fork.
 */
@NullMarked
package org.tfmot.examples.experiments;

import org.jspecify.annotations.NullMarked;
