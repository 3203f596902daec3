package org.tfmot.techniques.tflite;

import static org.tfmot.techniques.tflite.OperatorRule.rule;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of operators on images: pools, resizing, blocks. */
final class WindowRules {

  private WindowRules() {}

  static List<OperatorRule> rules() {
    OperatorRule averagePool = pool("AVERAGE_POOL_2D", "f32 q8 qu8 q16");
    OperatorRule bilinear = resize("RESIZE_BILINEAR", "f32 i8 u8 i16").options("ResizeBilinear");
    OperatorRule toBlocks = blocks("SPACE_TO_BATCH_ND").makes(call -> blocks(call, true));
    return List.of(
        averagePool,
        averagePool.as("MAX_POOL_2D"),
        pool("L2_POOL_2D", "f32"),
        bilinear,
        resize("RESIZE_NEAREST_NEIGHBOR", "f32 i8 u8 i16").options("ResizeNearestNeighbor"),
        depth("SPACE_TO_DEPTH").options("SpaceToDepth").makes(WindowRules::toDepth),
        depth("DEPTH_TO_SPACE").options("DepthToSpace").makes(WindowRules::toSpace),
        toBlocks,
        blocks("BATCH_TO_SPACE_ND").makes(call -> blocks(call, false)));
  }

  private static OperatorRule pool(String name, String kinds) {
    return rule(name)
        .typesOf("T > T", kinds)
        .options("Pool2D")
        .assume(Scales::copied)
        .assume(call -> requireImage(call))
        .assume(Windows::padding)
        .assume(call -> option(call, "stride_w", 1))
        .assume(call -> option(call, "stride_h", 2))
        .assume(call -> option(call, "filter_width", 3))
        .assume(call -> option(call, "filter_height", 4))
        .makes(WindowRules::pooled);
  }

  private static void requireImage(OperatorCall call) {
    Shapes.requireRank(call, 0, 4, 4);
    int[] image = call.shape(0);
    call.require(
        image == null || Arrays.stream(image).skip(1).allMatch(size -> size > 0),
        "the image has the shape %s",
        Arrays.toString(image));
  }

  private static void option(OperatorCall call, String name, int field) {
    ActivationRules.require(call, name, call.options().getInt(field, 0), 1, Windows.MOST);
  }

  private static int @Nullable [] pooled(OperatorCall call) {
    int[] image = call.shape(0);
    if (image == null) {
      return null;
    }
    OperatorOptions options = call.options();
    return new int[] {
      image[0],
      Windows.size(call, image[1], options.getInt(4, 0), options.getInt(2, 0), 1),
      Windows.size(call, image[2], options.getInt(3, 0), options.getInt(1, 0), 1),
      image[3]
    };
  }

  private static OperatorRule resize(String name, String kinds) {
    return rule(name)
        .typesOf("T i32 > T", kinds)
        .assume(Scales::copied)
        .assume(WindowRules::requireImage)
        .assume(call -> Shapes.requireElements(call, 1, 2))
        .makes(WindowRules::resized);
  }

  private static int @Nullable [] resized(OperatorCall call) {
    long[] size = Movements.positions(call, 1);
    call.require(
        size[0] > 0 && size[1] > 0 && size[0] <= Windows.MOST && size[1] <= Windows.MOST,
        "resizes to %s",
        Arrays.toString(size));
    int[] image = call.shape(0);
    return image == null ? null : new int[] {image[0], (int) size[0], (int) size[1], image[3]};
  }

  private static OperatorRule depth(String name) {
    return rule(name)
        .typesOf("T > T", "f32 i8 u8 i32 i64")
        .assume(Scales::copied)
        .assume(WindowRules::requireImage)
        .assume(call -> option(call, "block_size", 0));
  }

  private static int @Nullable [] toDepth(OperatorCall call) {
    int[] image = call.shape(0);
    int block = call.options().getInt(0, 0);
    if (image == null) {
      return null;
    }
    call.require(
        image[1] % block == 0 && image[2] % block == 0,
        "blocks of %d in %s",
        block,
        Arrays.toString(image));
    long channels = (long) image[3] * block * block;
    call.require(channels <= Integer.MAX_VALUE, "%d channels", channels);
    return new int[] {image[0], image[1] / block, image[2] / block, (int) channels};
  }

  private static int @Nullable [] toSpace(OperatorCall call) {
    int[] image = call.shape(0);
    int block = call.options().getInt(0, 0);
    if (image == null) {
      return null;
    }
    call.require(
        image[3] % (block * block) == 0
            && (long) block * Math.max(image[1], image[2]) <= Integer.MAX_VALUE,
        "blocks of %d in %s",
        block,
        Arrays.toString(image));
    return new int[] {image[0], image[1] * block, image[2] * block, image[3] / (block * block)};
  }

  private static OperatorRule blocks(String name) {
    return rule(name)
        .typesOf("T i32 i32 > T", "f32 i8 u8 i16 i32 i64")
        .assume(Scales::copied)
        .assume(call -> Shapes.requireRank(call, 0, 3, 4));
  }

  private static int @Nullable [] blocks(OperatorCall call, boolean toBatch) {
    long[] block = Movements.positions(call, 1);
    long[] border = Movements.positions(call, 2);
    int[] input = call.shape(0);
    if (input == null) {
      throw call.refusal("reorders a tensor whose shape is computed in the run");
    }
    int spatial = input.length - 2;
    Shapes.requireRank(call, 1, 1, 1);
    Shapes.requireRank(call, 2, 2, 2);
    boolean fits = block.length == spatial && border.length == 2 * spatial;
    int[] shape = input.clone();
    for (int i = 0; fits && i < spatial; i++) {
      long around = border[2 * i] + border[2 * i + 1];
      fits =
          block[i] > 0
              && block[i] <= Windows.MOST
              && Math.min(border[2 * i], border[2 * i + 1]) >= 0
              && (toBatch ? (input[i + 1] + around) % block[i] == 0 : shape[0] % block[i] == 0);
      if (fits) {
        long size = toBatch ? (input[i + 1] + around) / block[i] : input[i + 1] * block[i] - around;
        long batch = toBatch ? shape[0] * block[i] : shape[0] / block[i];
        fits = size > 0 && Math.max(size, batch) <= Integer.MAX_VALUE;
        shape[i + 1] = (int) size;
        shape[0] = (int) batch;
      }
    }
    call.require(
        fits,
        "blocks of %s with borders of %s in %s",
        Arrays.toString(block),
        Arrays.toString(border),
        Arrays.toString(input));
    return shape;
  }
}
