// Compresses pictures as H.264 by openh264.
import CTalkingAvatar

/// openh264 in its camera mode: constrained baseline, one slice, one thread, no dropped frame.
final class H264Compressor: PictureCompressor {
  private typealias Encoder = UnsafeMutablePointer<ISVCEncoder?>
  private let encoder: Encoder

  init(size: PictureSize, framesPerSecond: Int, bitrate: Int) throws(EncoderError) {
    var created: Encoder?
    let status = WelsCreateSVCEncoder(&created)
    guard status == 0, let encoder = created else { throw EncoderError(.notStarted, status: Int(status)) }
    self.encoder = encoder
    var quiet = Int32(WELS_LOG_QUIET)
    _ = table.SetOption(encoder, ENCODER_OPTION_TRACE_LEVEL, &quiet)
    var settings = SEncParamExt()
    try Self.check(Int(table.GetDefaultParams(encoder, &settings)), else: .notStarted)
    Self.configure(&settings, size: size, framesPerSecond: framesPerSecond, bitrate: bitrate)
    try Self.check(Int(table.InitializeExt(encoder, &settings)), else: .notStarted)
  }

  deinit {
    _ = table.Uninitialize(encoder)
    WelsDestroySVCEncoder(encoder)
  }

  func compress(_ picture: Picture, isKeyFrame: Bool, ticks: Int64) throws(EncoderError) -> EncodedFrame {
    if isKeyFrame { try Self.check(Int(table.ForceIntraFrame(encoder, true)), else: .failed) }
    var source = SSourcePicture()
    source.iColorFormat = Int32(videoFormatI420.rawValue)
    source.iPicWidth = Int32(picture.size.width)
    source.iPicHeight = Int32(picture.size.height)
    source.iStride = (source.iPicWidth, source.iPicWidth / 2, source.iPicWidth / 2, 0)
    source.pData = (picture.luma.base, picture.blue.base, picture.red.base, nil)
    source.uiTimeStamp = ticks / 90
    var result = SFrameBSInfo()
    try Self.check(Int(table.EncodeFrame(encoder, &source, &result)), else: .failed)
    let bytes = Self.bytes(of: &result)
    guard !bytes.isEmpty else { throw EncoderError(.failed, status: Int(result.eFrameType.rawValue)) }
    return EncodedFrame(bytes: bytes, isKeyFrame: result.eFrameType == videoFrameTypeIDR)
  }

  func setBitrate(_ bitrate: Int) throws(EncoderError) {
    var information = SBitrateInfo(iLayer: SPATIAL_LAYER_ALL, iBitrate: Int32(bitrate))
    try Self.check(Int(table.SetOption(encoder, ENCODER_OPTION_BITRATE, &information)), else: .failed)
  }

  /// openh264's interface for C is a table of functions.
  private var table: ISVCEncoderVtbl { encoder.pointee!.pointee }

  private static func configure(
    _ settings: inout SEncParamExt, size: PictureSize, framesPerSecond: Int, bitrate: Int
  ) {
    settings.iUsageType = CAMERA_VIDEO_REAL_TIME
    settings.iPicWidth = Int32(size.width)
    settings.iPicHeight = Int32(size.height)
    settings.iTargetBitrate = Int32(bitrate)
    settings.iRCMode = RC_BITRATE_MODE
    settings.fMaxFrameRate = Float(framesPerSecond)
    settings.iComplexityMode = LOW_COMPLEXITY
    settings.uiIntraPeriod = 0
    settings.iMultipleThreadIdc = 1
    settings.iEntropyCodingModeFlag = 0
    settings.eSpsPpsIdStrategy = CONSTANT_ID
    settings.bPrefixNalAddingCtrl = false
    settings.bEnableFrameSkip = false
    settings.bEnableSceneChangeDetect = false
    settings.bEnableDenoise = false
    settings.bEnableLongTermReference = false
    settings.iSpatialLayerNum = 1
    settings.iTemporalLayerNum = 1
    settings.sSpatialLayers.0.iVideoWidth = Int32(size.width)
    settings.sSpatialLayers.0.iVideoHeight = Int32(size.height)
    settings.sSpatialLayers.0.fFrameRate = Float(framesPerSecond)
    settings.sSpatialLayers.0.iSpatialBitrate = Int32(bitrate)
    settings.sSpatialLayers.0.uiProfileIdc = PRO_BASELINE
    // Level 3.1 is what the offer names, up to 3600 macroblocks (ITU-T H.264 table A-1); above, openh264 chooses.
    let macroblocks = ((size.width + 15) / 16) * ((size.height + 15) / 16)
    settings.sSpatialLayers.0.uiLevelIdc = macroblocks <= 3_600 && framesPerSecond <= 30 ? LEVEL_3_1 : LEVEL_UNKNOWN
    settings.sSpatialLayers.0.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE
  }

  /// The units of all layers one after the other: each comes with its start code.
  private static func bytes(of result: inout SFrameBSInfo) -> [UInt8] {
    var bytes: [UInt8] = []
    let count = Int(result.iLayerNum)
    withUnsafePointer(to: &result.sLayerInfo) { tuple in
      tuple.withMemoryRebound(to: SLayerBSInfo.self, capacity: count) { layers in
        for layer in UnsafeBufferPointer(start: layers, count: count) {
          let lengths = UnsafeBufferPointer(start: layer.pNalLengthInByte, count: Int(layer.iNalCount))
          bytes += UnsafeBufferPointer(start: layer.pBsBuf, count: lengths.reduce(0) { $0 + Int($1) })
        }
      }
    }
    return bytes
  }

  private static func check(_ status: Int, else code: EncoderError.Code) throws(EncoderError) {
    guard status == 0 else { throw EncoderError(code, status: status) }
  }
}
