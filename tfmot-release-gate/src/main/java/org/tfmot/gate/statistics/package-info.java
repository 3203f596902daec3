/**
 * The arithmetic of the gate: sequential tests whose verdict stays valid however often one looks,
 * their calibration, their false-block budget and their plan. No I/O, no clock, no hidden state;
 * every type is immutable and every result is a function of its arguments.
 *
 * <p>Values are oriented "higher is better" and measured from the floor: {@code x = value - floor}
 * (or {@code floor - value} where lower is better).
 */
@NullMarked
package org.tfmot.gate.statistics;

import org.jspecify.annotations.NullMarked;
