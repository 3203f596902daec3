package org.tfmot.gate.dependency;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Change of one instruction of a class at random: a constant, an operator, a comparison, a call
 * that is removed, or a line number. What it makes is a class that can be verified.
 */
public final class Mutation {

  private static final int[][] OPERATORS = {
    {Opcodes.IADD, Opcodes.ISUB, Opcodes.IMUL, Opcodes.IXOR},
    {Opcodes.LADD, Opcodes.LSUB, Opcodes.LMUL, Opcodes.LXOR},
    {Opcodes.DADD, Opcodes.DSUB, Opcodes.DMUL, Opcodes.DDIV},
    {Opcodes.DCMPL, Opcodes.DCMPG},
  };
  private static final int[][] BRANCHES = {
    {Opcodes.IFEQ, Opcodes.IFNE},
    {Opcodes.IFLT, Opcodes.IFGE},
    {Opcodes.IFGT, Opcodes.IFLE},
    {Opcodes.IF_ICMPLT, Opcodes.IF_ICMPGE},
    {Opcodes.IF_ICMPGT, Opcodes.IF_ICMPLE},
    {Opcodes.IF_ICMPEQ, Opcodes.IF_ICMPNE},
  };

  private final Random random;
  private final int place;
  private int seen;
  private String what = "nothing";

  private Mutation(Random random, int place) {
    this.random = random;
    this.place = place;
  }

  /**
   * A mutated class.
   *
   * @param what was done, for messages
   */
  public record Mutant(byte[] bytes, String what) {}

  /** Mutates one place of a class; null if it has none. */
  public static @Nullable Mutant of(byte[] bytes, Random random) {
    Mutation count = new Mutation(random, -1);
    count.apply(bytes);
    if (count.seen == 0) {
      return null;
    }
    Mutation mutation = new Mutation(random, random.nextInt(count.seen));
    return new Mutant(mutation.apply(bytes), mutation.what);
  }

  private byte[] apply(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                return new Method(
                    name, super.visitMethod(access, name, type, signature, exceptions));
              }
            },
            0);
    return writer.toByteArray();
  }

  private boolean here(String name, String change) {
    boolean here = seen++ == place;
    if (here) {
      what = change + " in " + name;
    }
    return here;
  }

  private final class Method extends MethodVisitor {

    private final String name;

    Method(String name, MethodVisitor next) {
      super(Opcodes.ASM9, next);
      this.name = name;
    }

    @Override
    public void visitInsn(int opcode) {
      for (int[] family : OPERATORS) {
        int at = index(family, opcode);
        if (at >= 0 && here(name, "operator")) {
          super.visitInsn(family[(at + 1 + random.nextInt(family.length - 1)) % family.length]);
          return;
        }
      }
      boolean constant = opcode >= Opcodes.ICONST_0 && opcode <= Opcodes.ICONST_4;
      boolean real = opcode == Opcodes.DCONST_0 || opcode == Opcodes.DCONST_1;
      if (constant && here(name, "constant")) {
        super.visitInsn(opcode + 1);
      } else if (real && here(name, "constant")) {
        super.visitInsn(opcode == Opcodes.DCONST_0 ? Opcodes.DCONST_1 : Opcodes.DCONST_0);
      } else {
        super.visitInsn(opcode);
      }
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      boolean number = opcode == Opcodes.BIPUSH || opcode == Opcodes.SIPUSH;
      super.visitIntInsn(opcode, number && here(name, "constant") ? operand - 1 : operand);
    }

    @Override
    public void visitLdcInsn(Object value) {
      boolean changed = !(value instanceof Type) && here(name, "constant");
      super.visitLdcInsn(
          !changed
              ? value
              : value instanceof Double number
                  ? (Object) (number * 1.5)
                  : value instanceof Long number
                      ? (Object) (number + 1)
                      : value instanceof Integer number ? (Object) (number + 1) : value + "x");
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
      for (int[] family : BRANCHES) {
        int at = index(family, opcode);
        if (at >= 0 && here(name, "comparison")) {
          super.visitJumpInsn(family[1 - at], label);
          return;
        }
      }
      super.visitJumpInsn(opcode, label);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String method, String type, boolean isInterface) {
      boolean call = !method.startsWith("<") && Type.getReturnType(type).equals(Type.VOID_TYPE);
      if (call && here(name, "call")) {
        Type[] arguments = Type.getArgumentTypes(type);
        for (int i = arguments.length - 1; i >= 0; i--) {
          super.visitInsn(arguments[i].getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
        }
        if (opcode != Opcodes.INVOKESTATIC) {
          super.visitInsn(Opcodes.POP);
        }
        return;
      }
      super.visitMethodInsn(opcode, owner, method, type, isInterface);
    }

    @Override
    public void visitLineNumber(int line, Label start) {
      super.visitLineNumber(here(name, "line number") ? line + 7 : line, start);
    }

    private int index(int[] family, int opcode) {
      return Arrays.stream(family).boxed().toList().indexOf(opcode);
    }
  }
}
