// libespeak-ng, loaded at run time: it is GPL, so that nothing here is linked with it.
import Glibc

/// The few functions of espeak-ng that are used, as its public header `speak_lib.h` of version 1.51 declares them.
///
/// The library has global state: after loading it is called on the thread of ``SpeechQueue`` only.
struct EspeakLibrary: Sendable {
  typealias Callback = @convention(c) (UnsafeMutablePointer<Int16>?, Int32, UnsafeMutableRawPointer?) -> Int32
  /// output, buffer length in ms, data path, options; gives the sample rate, or -1.
  typealias Initialize = @convention(c) @Sendable (Int32, Int32, UnsafePointer<CChar>?, Int32) -> Int32
  typealias SetCallback = @convention(c) @Sendable (Callback?) -> Void
  typealias SetVoice = @convention(c) @Sendable (UnsafePointer<CChar>) -> Int32
  /// text, bytes with the final zero, position, kind of position, end position, flags, identifier, user data.
  typealias Synthesize =
    @convention(c) @Sendable (
      UnsafeRawPointer, Int, UInt32, Int32, UInt32, UInt32, UnsafeMutablePointer<UInt32>?, UnsafeMutableRawPointer?
    ) -> Int32
  typealias Info = @convention(c) @Sendable (UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> UnsafePointer<CChar>?

  let version: String
  /// Samples in a second.
  let sampleRate: Int
  let setVoice: SetVoice
  let synthesize: Synthesize

  /// `AUDIO_OUTPUT_SYNCHRONOUS`: samples come by the callback, before the call returns.
  private static let synchronous: Int32 = 2
  /// `espeakINITIALIZE_PHONEME_EVENTS`, `…_PHONEME_IPA`, `…_DONT_EXIT`.
  private static let options: Int32 = 0x0001 | 0x0002 | 0x8000
  private static let names = ["libespeak-ng.so.1", "libespeak-ng.so"]

  /// The library of this process; nil where it, or its data, is not installed.
  static let shared = EspeakLibrary()

  private init?() {
    guard let handle = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else { return nil }
    func function<Function>(_ name: String, as type: Function.Type) -> Function? {
      dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }
    guard let initialize = function("espeak_Initialize", as: Initialize.self),
      let setCallback = function("espeak_SetSynthCallback", as: SetCallback.self),
      let setVoice = function("espeak_SetVoiceByName", as: SetVoice.self),
      let synthesize = function("espeak_Synth", as: Synthesize.self),
      let info = function("espeak_Info", as: Info.self)
    else { return nil }
    let rate = initialize(Self.synchronous, 0, nil, Self.options)
    guard rate > 0 else { return nil }
    setCallback(EspeakCapture.callback)
    self.version = info(nil).map { String(cString: $0) } ?? "of unknown version"
    self.sampleRate = Int(rate)
    self.setVoice = setVoice
    self.synthesize = synthesize
  }
}
