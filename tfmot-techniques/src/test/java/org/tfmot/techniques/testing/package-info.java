/** Models and training for the tests of the techniques. */
package org.tfmot.techniques.testing;
