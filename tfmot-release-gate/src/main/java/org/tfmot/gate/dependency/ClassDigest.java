package org.tfmot.gate.dependency;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.tfmot.gate.json.Digest;

/**
 * Digest of a class without what a debugger reads: lines, names of source files and of local
 * variables. A comment that moves lines changes none of what the class does. Only a program that
 * reads its own stack traces could tell; where that decides about a run, it is not noticed.
 *
 * <p>Everything else counts, names of parameters and annotations too: reflection sees them. The
 * constant pool counts in the order in which the class uses it.
 */
final class ClassDigest {

  private ClassDigest() {}

  /** Returns the digest; of the bytes as they are if they are no class that can be read. */
  static Digest of(byte[] bytes) {
    return Digest.of(withoutDebugging(bytes).orElse(bytes));
  }

  private static Optional<byte[]> withoutDebugging(byte[] bytes) {
    try {
      ClassWriter writer = new ClassWriter(0);
      new ClassReader(bytes).accept(new PlainClass(writer), 0);
      return Optional.of(writer.toByteArray());
    } catch (RuntimeException e) {
      // A later version of the format, or none at all: what it means is not known.
      return Optional.empty();
    }
  }

  private static final class PlainClass extends ClassVisitor {

    PlainClass(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitSource(@Nullable String source, @Nullable String debug) {
      // Left out.
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String[] exceptions) {
      return new PlainMethod(super.visitMethod(access, name, descriptor, signature, exceptions));
    }
  }

  private static final class PlainMethod extends MethodVisitor {

    PlainMethod(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitLineNumber(int line, Label start) {
      // Left out.
    }

    @Override
    public void visitLocalVariable(
        String name,
        String descriptor,
        @Nullable String signature,
        Label start,
        Label end,
        int index) {
      // Left out.
    }
  }
}
