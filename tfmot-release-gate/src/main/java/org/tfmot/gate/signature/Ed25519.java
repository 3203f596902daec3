package org.tfmot.gate.signature;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.tfmot.gate.json.Digest;

/** The one algorithm, from the platform's own provider. */
final class Ed25519 {

  private static final String NAME = "Ed25519";

  private Ed25519() {}

  static KeyPair generate() {
    try {
      return KeyPairGenerator.getInstance(NAME).generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw missing(e);
    }
  }

  /** SHA-256 of the public key's X.509 form, in hexadecimal digits. */
  static String keyId(PublicKey key) {
    return Digest.of(key.getEncoded()).hex();
  }

  static byte[] sign(PrivateKey key, byte[] message) {
    try {
      Signature signature = Signature.getInstance(NAME);
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing failed: " + e.getMessage(), e);
    }
  }

  static boolean verify(PublicKey key, byte[] message, byte[] signed) {
    try {
      Signature signature = Signature.getInstance(NAME);
      signature.initVerify(key);
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      // The provider throws, instead of saying false, when the length or the point is wrong.
      return false;
    }
  }

  static PublicKey publicKey(byte[] x509) throws InvalidKeySpecException {
    return factory().generatePublic(new X509EncodedKeySpec(x509));
  }

  static PrivateKey privateKey(byte[] pkcs8) throws InvalidKeySpecException {
    return factory().generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  private static KeyFactory factory() {
    try {
      return KeyFactory.getInstance(NAME);
    } catch (NoSuchAlgorithmException e) {
      throw missing(e);
    }
  }

  private static IllegalStateException missing(NoSuchAlgorithmException e) {
    return new IllegalStateException("this Java has no Ed25519; use a complete JDK 17", e);
  }
}
