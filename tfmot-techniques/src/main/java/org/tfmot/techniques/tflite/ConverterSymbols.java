package org.tfmot.techniques.tflite;

import java.util.Map;

/**
 * The converter's functions as the C++ compiler named them, for one release of TensorFlow.
 *
 * <p>They are no public interface of TensorFlow: a release may rename them or change what they
 * take. So only releases are listed here that were tried.
 *
 * @param convert {@code absl::Status ConvertSavedModelToTFLiteFlatBuffer(const ModelFlags&, Flags&,
 *     std::string*, const PyFunctionLibrary*)}
 * @param newModelFlags {@code Arena::CreateMaybeMessage<ModelFlags>(Arena*)}
 * @param newConverterFlags the same for the converter's flags
 */
record ConverterSymbols(String convert, String newModelFlags, String newConverterFlags) {

  /** {@code bool MessageLite::ParseFromArray(const void*, int)}. */
  static final String PARSE = "_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi";

  /** {@code operator delete(void*)}. */
  static final String DELETE = "_ZdlPv";

  private static final Map<String, ConverterSymbols> BY_VERSION =
      Map.of(
          "2.16.2",
              of("4toco10ModelFlags", "4toco9TocoFlags", "ERKN4toco10ModelFlagsERKNS0_9TocoFlagsE"),
          "2.18.0",
              of(
                  "6tflite10ModelFlags",
                  "6tflite14ConverterFlags",
                  "ERKN6tflite10ModelFlagsERNS0_14ConverterFlagsE"));

  /**
   * The functions of a release.
   *
   * @param version TensorFlow's version, such as {@code 2.18.0}
   * @throws TfLiteConversionException if the release is not one of those that were tried
   */
  static ConverterSymbols of(String version) {
    ConverterSymbols symbols = BY_VERSION.get(version);
    if (symbols == null) {
      throw new TfLiteConversionException(
          "the converter of TensorFlow %s is not known to this release; use one of TensorFlow %s"
              .formatted(version, BY_VERSION.keySet().stream().sorted().toList()));
    }
    return symbols;
  }

  private static ConverterSymbols of(String modelFlags, String flags, String parameters) {
    return new ConverterSymbols(
        "_ZN10tensorflow35ConvertSavedModelToTFLiteFlatBuffer"
            + parameters
            + "PNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
            + "PKNS_12quantization17PyFunctionLibraryE",
        create(modelFlags),
        create(flags));
  }

  private static String create(String message) {
    return "_ZN6google8protobuf5Arena18CreateMaybeMessageIN" + message + "EJEEEPT_PS1_DpOT0_";
  }
}
