package org.tfmot.gate.signature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import org.junit.jupiter.api.Test;
import org.tfmot.gate.json.Json;

/** The example that the DSSE specification publishes, and its own rules. */
class DsseTest {

  private static final String ENVELOPE =
      """
      {"payload": "aGVsbG8gd29ybGQ=",
       "payloadType": "http://example.com/HelloWorld",
       "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}
      """;

  @Test
  void pae_publishedExample() {
    assertEquals(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        new String(
            Dsse.pae("http://example.com/HelloWorld", bytes("hello world")),
            StandardCharsets.UTF_8));
  }

  @Test
  void pae_publishedSignatureIsOfTheseBytes() throws Exception {
    DsseEnvelope envelope = Json.parse("the example", bytes(ENVELOPE), DsseEnvelope.class);
    Signature ecdsa = Signature.getInstance("SHA256withECDSAinP1363Format");
    ecdsa.initVerify(publishedKey());

    ecdsa.update(Dsse.pae(envelope.payloadType(), envelope.body()));

    assertTrue(ecdsa.verify(envelope.signatures().get(0).bytes()));
  }

  @Test
  void pae_countsBytesNotCharacters() {
    byte[] pae = Dsse.pae("é", bytes("€"));

    assertArrayEquals(bytes("DSSEv1 2 é 3 €"), pae);
  }

  @Test
  void pae_emptyPayload() {
    assertArrayEquals(bytes("DSSEv1 1 t 0 "), Dsse.pae("t", new byte[0]));
  }

  @Test
  void decode_takesBothAlphabetsAndRefusesOthers() {
    byte[] bytes = {(byte) 0xfb, (byte) 0xff, (byte) 0xfe};
    assertArrayEquals(bytes, Dsse.decode("+//+"));
    assertArrayEquals(bytes, Dsse.decode("-__-"));
    assertThrows(IllegalArgumentException.class, () -> Dsse.decode("+_/+"));
    assertThrows(IllegalArgumentException.class, () -> Dsse.decode("a b"));
  }

  private static PublicKey publishedKey() throws Exception {
    AlgorithmParameters p256 = AlgorithmParameters.getInstance("EC");
    p256.init(new ECGenParameterSpec("secp256r1"));
    ECPoint point =
        new ECPoint(
            new BigInteger(
                "46950820868899156662930047687818585632848591499744589407958293238635476079160"),
            new BigInteger(
                "5640078356564379163099075877009565129882514886557779369047442380624545832820"));
    return KeyFactory.getInstance("EC")
        .generatePublic(new ECPublicKeySpec(point, p256.getParameterSpec(ECParameterSpec.class)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
