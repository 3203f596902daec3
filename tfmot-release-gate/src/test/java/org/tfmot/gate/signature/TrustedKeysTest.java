package org.tfmot.gate.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tfmot.gate.json.InvalidJsonException;
import org.tfmot.gate.json.Json;

class TrustedKeysTest {

  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final byte[] PAYLOAD = {1, 2};

  private final SigningKey ada = SigningKey.generate();

  @Test
  void read_whatWasWritten(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("keys.json");
    TrustedKeys keys = new TrustedKeys(List.of(entry("ada", ada, null)));
    Json.write(file, keys);

    assertEquals(keys.keys(), TrustedKeys.read(file).keys());
  }

  @Test
  void read_namesWhatIsWrong(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("keys.json");
    Files.writeString(file, "[{\"name\":\"ada\",\"team\":\"TFMOT\",\"publicKey\":\"AAAA\"}]");

    String message =
        assertThrows(InvalidJsonException.class, () -> TrustedKeys.read(file)).getMessage();

    assertTrue(message.contains("public key of ada"), message);
  }

  @Test
  void signer_knownKey_withAndWithoutItsId() {
    TrustedKeys keys = new TrustedKeys(List.of(entry("ada", ada, null)));
    KeySignature signature = ada.sign("t", PAYLOAD);

    assertEquals("ada", keys.signer("t", PAYLOAD, signature, NOW).name());
    assertEquals(
        "ada", keys.signer("t", PAYLOAD, new KeySignature(null, signature.sig()), NOW).name());
  }

  /** Key and signature made with OpenSSL's command line tool. */
  @Test
  void signer_signatureOfAnotherProgram_isUnderstood() {
    TrustedKeys keys =
        new TrustedKeys(
            List.of(
                new TrustedKey(
                    "ada",
                    Team.TFMOT,
                    "MCowBQYDK2VwAyEARt1/3YKikO9DTqAMQTo07cezBbGIYXAH7y0CY39SlBk=",
                    null)));
    KeySignature signature =
        new KeySignature(
            null,
            "T82zZd0bJvU2Ml1TNFDzWGFrgpL69UYdWJzDbQBg9nY/0BiHPQcvHYMx9lF665AiEbAv9so7pjPmXIDibP3wBw==");

    assertEquals(
        "ada",
        keys.signer(
                "http://example.com/HelloWorld",
                "hello world".getBytes(StandardCharsets.UTF_8),
                signature,
                NOW)
            .name());
  }

  @Test
  void signer_otherPayloadOrType_isForged() {
    TrustedKeys keys = new TrustedKeys(List.of(entry("ada", ada, null)));
    KeySignature signature = ada.sign("t", PAYLOAD);

    assertTrue(refused(keys, "t", new byte[] {1, 3}, signature).forged());
    assertTrue(refused(keys, "u", PAYLOAD, signature).forged());
    assertTrue(refused(keys, "t", PAYLOAD, new KeySignature(ada.keyId(), "AAAA")).forged());
    assertTrue(refused(keys, "t", PAYLOAD, new KeySignature(ada.keyId(), "***")).forged());
  }

  @Test
  void signer_unknownKey_isNotTrusted() {
    TrustedKeys keys = new TrustedKeys(List.of(entry("ada", ada, null)));

    UntrustedSignatureException refusal =
        refused(keys, "t", PAYLOAD, SigningKey.generate().sign("t", PAYLOAD));

    assertFalse(refusal.forged());
    assertTrue(refusal.getMessage().contains("not trusted"), refusal.getMessage());
  }

  @Test
  void signer_keyThatEnded_countsOnlyBefore() {
    TrustedKeys keys = new TrustedKeys(List.of(entry("ada", ada, NOW.toString())));
    KeySignature signature = ada.sign("t", PAYLOAD);

    assertEquals("ada", keys.signer("t", PAYLOAD, signature, NOW.minusMillis(1)).name());
    String message = refused(keys, "t", PAYLOAD, signature).getMessage();
    assertTrue(message.contains("ended at"), message);
  }

  @Test
  void keyThatWasReplaced_bothCountInTheirTime_forTheSamePerson() {
    SigningKey fresh = SigningKey.generate();
    TrustedKeys keys =
        new TrustedKeys(List.of(entry("ada", ada, NOW.toString()), entry("ada", fresh, null)));

    KeySignature old = ada.sign("t", PAYLOAD);
    assertEquals("ada", keys.signer("t", PAYLOAD, old, NOW.minusMillis(1)).name());
    assertEquals("ada", keys.signer("t", PAYLOAD, fresh.sign("t", PAYLOAD), NOW).name());
    assertTrue(refused(keys, "t", PAYLOAD, old).getMessage().contains("ended at"));
    assertEquals(fresh.publicKey(), keys.holder(fresh).orElseThrow().publicKey());
    assertTrue(keys.holder(SigningKey.generate()).isEmpty());
    // Under another spelling it could pass for another person.
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TrustedKeys(List.of(entry("ada", ada, NOW.toString()), entry("Ada", fresh, null))));
  }

  @Test
  void onePersonHasOneKey_andOneKeyIsOnePerson() {
    SigningKey other = SigningKey.generate();

    assertThrows(
        IllegalArgumentException.class,
        () -> new TrustedKeys(List.of(entry("ada", ada, null), entry("ada", other, null))));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrustedKeys(List.of(entry("ada", ada, null), entry("Ada", other, null))));
    // The full-width letters are the same person.
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrustedKeys(List.of(entry("ada", ada, null), entry("ａｄａ", other, null))));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new TrustedKeys(List.of(entry("ada", ada, null), entry("bob", ada, null))))
            .getMessage();
    assertTrue(message.contains("one key is one person"), message);
  }

  @Test
  void entry_badNameOrTime_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> entry(" ada", ada, null));
    assertThrows(IllegalArgumentException.class, () -> entry("", ada, null));
    assertThrows(IllegalArgumentException.class, () -> entry("ada", ada, "tomorrow"));
  }

  private static UntrustedSignatureException refused(
      TrustedKeys keys, String type, byte[] payload, KeySignature signature) {
    return assertThrows(
        UntrustedSignatureException.class, () -> keys.signer(type, payload, signature, NOW));
  }

  private static TrustedKey entry(String name, SigningKey key, String until) {
    return new TrustedKey(name, Team.TFMOT, key.publicKey(), until);
  }
}
