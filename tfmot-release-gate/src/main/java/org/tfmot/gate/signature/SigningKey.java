package org.tfmot.gate.signature;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.util.EnumSet;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * An Ed25519 key pair. On disk: {@code name.pem} (PKCS#8, readable by its owner only) and, beside
 * it, {@code name.pub.pem} (X.509).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1.0")
public final class SigningKey {

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final String keyId;

  private SigningKey(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.keyId = Ed25519.keyId(publicKey);
  }

  /** A new key from the platform's secure random numbers. */
  public static SigningKey generate() {
    KeyPair pair = Ed25519.generate();
    return new SigningKey(pair.getPrivate(), pair.getPublic());
  }

  /**
   * Reads a key and its public half beside it.
   *
   * <p>Where the file system has no POSIX permissions, who may read the file is not checked.
   *
   * @throws IllegalArgumentException if others than the owner may read or write the private key, if
   *     a file is no such key, or if the halves do not belong together
   */
  public static SigningKey read(Path privateFile) throws IOException {
    refuseShared(privateFile);
    Path publicFile = publicFile(privateFile);
    try {
      PrivateKey privateKey = Ed25519.privateKey(Pem.read(privateFile, Pem.PRIVATE));
      PublicKey publicKey = Ed25519.publicKey(Pem.read(publicFile, Pem.PUBLIC));
      byte[] probe = "do these belong together?".getBytes(StandardCharsets.US_ASCII);
      if (!Ed25519.verify(publicKey, probe, Ed25519.sign(privateKey, probe))) {
        throw new IllegalArgumentException(
            "%s is not the public half of %s".formatted(publicFile, privateFile));
      }
      return new SigningKey(privateKey, publicKey);
    } catch (InvalidKeySpecException e) {
      throw new IllegalArgumentException(
          "%s or %s holds no Ed25519 key: %s".formatted(privateFile, publicFile, e.getMessage()),
          e);
    }
  }

  /**
   * Writes both files. The private one is never readable by others, not even for a moment.
   *
   * @param privateFile ends with {@code .pem}
   * @throws FileAlreadyExistsException if one exists: a key is not overwritten
   */
  public void write(Path privateFile) throws IOException {
    Path publicFile = publicFile(privateFile);
    if (Files.exists(publicFile)) {
      throw new FileAlreadyExistsException(publicFile.toString());
    }
    boolean posix =
        Files.getFileStore(privateFile.toAbsolutePath().getParent())
            .supportsFileAttributeView(PosixFileAttributeView.class);
    FileAttribute<?>[] owned =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            privateFile, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owned)) {
      ByteBuffer bytes = ByteBuffer.wrap(Pem.write(Pem.PRIVATE, privateKey.getEncoded()));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    Files.write(
        publicFile, Pem.write(Pem.PUBLIC, publicKey.getEncoded()), StandardOpenOption.CREATE_NEW);
  }

  /** The public half as it stands in a file of trusted keys: X.509 in base64. */
  public String publicKey() {
    return Dsse.encode(publicKey.getEncoded());
  }

  /** SHA-256 of the public key's X.509 form, 64 hexadecimal digits. */
  public String keyId() {
    return keyId;
  }

  /** Signs the pre-authentication encoding of a payload. */
  public KeySignature sign(String payloadType, byte[] payload) {
    byte[] signed = Ed25519.sign(privateKey, Dsse.pae(payloadType, payload));
    return new KeySignature(keyId, Dsse.encode(signed));
  }

  /** Says which key it is, never what it is. */
  @Override
  public String toString() {
    return "SigningKey[" + keyId + "]";
  }

  private static Path publicFile(Path privateFile) {
    String name = String.valueOf(privateFile.getFileName());
    if (!name.endsWith(".pem") || name.endsWith(".pub.pem")) {
      throw new IllegalArgumentException(
          privateFile + ": the file of a private key is called <name>.pem");
    }
    return privateFile.resolveSibling(name.substring(0, name.length() - 4) + ".pub.pem");
  }

  private static void refuseShared(Path file) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view == null) {
      return;
    }
    Set<PosixFilePermission> permissions = view.readAttributes().permissions();
    if (permissions.stream().anyMatch(OTHERS::contains)) {
      throw new IllegalArgumentException(
          "%s may be read or changed by others (%s): chmod 600 it, and replace it if it was shared"
              .formatted(file, PosixFilePermissions.toString(permissions)));
    }
  }
}
