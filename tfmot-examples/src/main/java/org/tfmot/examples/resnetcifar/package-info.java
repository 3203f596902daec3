/**
 * The production example on ResNet-20 and CIFAR-10: from the shipped float model to measured TFLite
 * files by every technique.
 */
@NullMarked
package org.tfmot.examples.resnetcifar;

import org.jspecify.annotations.NullMarked;
