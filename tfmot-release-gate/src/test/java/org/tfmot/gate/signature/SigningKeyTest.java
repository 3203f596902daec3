package org.tfmot.gate.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {

  @TempDir Path folder;

  @Test
  void read_whatWasWritten_signsTheSame() throws IOException {
    SigningKey key = SigningKey.generate();
    Path file = folder.resolve("ada.pem");
    key.write(file);

    SigningKey again = SigningKey.read(file);

    byte[] payload = {1, 2, 3};
    assertEquals(key.keyId(), again.keyId());
    // Ed25519 is deterministic.
    assertEquals(key.sign("t", payload), again.sign("t", payload));
    assertTrue(Files.readString(file).startsWith("-----BEGIN PRIVATE KEY-----\n"));
    assertTrue(
        Files.readString(folder.resolve("ada.pub.pem")).startsWith("-----BEGIN PUBLIC KEY-----"));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void write_privateKeyIsItsOwnersOnly() throws IOException {
    Path file = folder.resolve("ada.pem");
    SigningKey.generate().write(file);

    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-"})
  @DisabledOnOs(OS.WINDOWS)
  void read_keyThatOthersMayRead_isRefused(String permissions) throws IOException {
    Path file = folder.resolve("ada.pem");
    SigningKey.generate().write(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

    String message =
        assertThrows(IllegalArgumentException.class, () -> SigningKey.read(file)).getMessage();

    assertTrue(message.contains(permissions) && message.contains("chmod 600"), message);
  }

  @Test
  void write_doesNotOverwrite() throws IOException {
    Path file = folder.resolve("ada.pem");
    SigningKey.generate().write(file);
    byte[] before = Files.readAllBytes(file);

    assertThrows(FileAlreadyExistsException.class, () -> SigningKey.generate().write(file));
    Files.delete(folder.resolve("ada.pub.pem"));
    assertThrows(FileAlreadyExistsException.class, () -> SigningKey.generate().write(file));

    assertEquals(List.of(before.length), List.of(Files.readAllBytes(file).length));
    assertThrows(
        IllegalArgumentException.class,
        () -> SigningKey.generate().write(folder.resolve("ada.key")));
  }

  @Test
  void read_halvesOfTwoKeys_areRefused() throws IOException {
    SigningKey.generate().write(folder.resolve("ada.pem"));
    SigningKey.generate().write(folder.resolve("eve.pem"));
    Files.copy(
        folder.resolve("eve.pub.pem"),
        folder.resolve("ada.pub.pem"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    String message =
        assertThrows(
                IllegalArgumentException.class, () -> SigningKey.read(folder.resolve("ada.pem")))
            .getMessage();

    assertTrue(message.contains("is not the public half of"), message);
  }

  @Test
  void read_otherContents_areRefused() throws IOException {
    Path file = folder.resolve("ada.pem");
    SigningKey.generate().write(file);

    Files.writeString(file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertThrows(IllegalArgumentException.class, () -> SigningKey.read(file));
    Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----\n");
    assertThrows(IllegalArgumentException.class, () -> SigningKey.read(file));
    Files.writeString(file, "hello");
    assertThrows(IllegalArgumentException.class, () -> SigningKey.read(file));
  }

  @Test
  void toString_doesNotSayTheKey() {
    SigningKey key = SigningKey.generate();

    assertEquals("SigningKey[" + key.keyId() + "]", key.toString());
  }

  @Test
  void envelope_eachSignatureIsOfItsOwnSigner() {
    SigningKey ada = SigningKey.generate();
    SigningKey eve = SigningKey.generate();
    TrustedKeys keys =
        new TrustedKeys(
            List.of(
                new TrustedKey("ada", Team.TFMOT, ada.publicKey(), null),
                new TrustedKey("eve", Team.RELEASE, eve.publicKey(), null)));

    DsseEnvelope envelope = DsseEnvelope.sign("t", new byte[] {7}, ada).alsoSign(eve);

    Instant now = Instant.now();
    KeySignature first = envelope.signatures().get(0);
    KeySignature second = envelope.signatures().get(1);
    assertEquals("ada", keys.signer("t", envelope.body(), first, now).name());
    assertEquals("eve", keys.signer("t", envelope.body(), second, now).name());
    KeySignature crossed = new KeySignature(first.keyid(), second.sig());
    assertTrue(
        assertThrows(
                UntrustedSignatureException.class,
                () -> keys.signer("t", envelope.body(), crossed, now))
            .forged());
    assertFalse(first.equals(second));
  }
}
