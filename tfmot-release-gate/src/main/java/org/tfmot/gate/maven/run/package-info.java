/**
 * Goals that prove claims: plan what to run, calibrate a new claim, run the gate, merge the ledgers
 * of several machines, tell the status, and write the tables of benefits. Start with {@link
 * RunMojo}.
 */
@NullMarked
package org.tfmot.gate.maven.run;

import org.jspecify.annotations.NullMarked;
