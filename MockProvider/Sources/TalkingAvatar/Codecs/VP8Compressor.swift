// Compresses pictures as VP8 by libvpx, whose four memory functions are replaced here.
import CTalkingAvatar
import Glibc

/// libvpx's VP8 in its real-time mode: one thread, no look-ahead, no dropped frame.
final class VP8Compressor: PictureCompressor {
  /// libvpx's real-time speed, -16 to 16: the higher its amount, the less search; from 10 on it looks for no sub-modes.
  private static let speed: Int32 = -16
  /// Blocks that differ by less are not coded again (libvpx, VP8E_SET_STATIC_THRESHOLD): most of a face stands still.
  private static let stillBlock: Int32 = 300
  /// The most a key frame may take, in percent of a frame's share of the bits; one is sent at a start or on request
  /// only.
  private static let keyFrameShare: Int32 = 1_200

  /// On the heap: libvpx wants one address for as long as the encoder lives.
  private let context: UnsafeMutablePointer<vpx_codec_ctx_t>
  private var configuration: vpx_codec_enc_cfg_t
  private let frameTicks: UInt

  init(size: PictureSize, framesPerSecond: Int, bitrate: Int) throws(EncoderError) {
    var configuration = vpx_codec_enc_cfg_t()
    let status = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &configuration, 0)
    guard status == VPX_CODEC_OK else { throw EncoderError(.notStarted, status: Int(status.rawValue)) }
    configuration.g_w = UInt32(size.width)
    configuration.g_h = UInt32(size.height)
    configuration.g_timebase = vpx_rational_t(num: 1, den: 90_000)
    configuration.g_threads = 1
    configuration.g_lag_in_frames = 0
    configuration.g_error_resilient = 0
    configuration.rc_end_usage = VPX_CBR
    configuration.rc_target_bitrate = UInt32(bitrate / 1000)
    configuration.rc_dropframe_thresh = 0
    configuration.rc_resize_allowed = 0
    configuration.rc_min_quantizer = 14
    configuration.rc_max_quantizer = 56
    configuration.rc_undershoot_pct = 100
    configuration.rc_overshoot_pct = 15
    configuration.rc_buf_initial_sz = 500
    configuration.rc_buf_optimal_sz = 600
    configuration.rc_buf_sz = 1000
    configuration.kf_mode = VPX_KF_DISABLED
    self.configuration = configuration
    frameTicks = UInt(90_000 / framesPerSecond)
    context = .allocate(capacity: 1)
    context.initialize(to: vpx_codec_ctx_t())
    // From here on every property has a value, so an error runs `deinit`; libvpx refuses to destroy what never began.
    try Self.check(talking_vpx_init(context, &configuration), else: .notStarted)
    for (control, value) in [
      (VP8E_SET_CPUUSED, Self.speed), (VP8E_SET_STATIC_THRESHOLD, Self.stillBlock), (VP8E_SET_NOISE_SENSITIVITY, 0),
      (VP8E_SET_TOKEN_PARTITIONS, 0), (VP8E_SET_MAX_INTRA_BITRATE_PCT, Self.keyFrameShare),
    ] {
      try Self.check(talking_vpx_control(context, Int32(control.rawValue), value), else: .notStarted)
    }
  }

  deinit {
    vpx_codec_destroy(context)
    context.deallocate()
  }

  func compress(_ picture: Picture, isKeyFrame: Bool, ticks: Int64) throws(EncoderError) -> EncodedFrame {
    var image = vpx_image_t()
    let (width, height) = (UInt32(picture.size.width), UInt32(picture.size.height))
    vpx_img_wrap(&image, VPX_IMG_FMT_I420, width, height, 1, picture.storage.baseAddress)
    let flags = isKeyFrame ? vpx_enc_frame_flags_t(VPX_EFLAG_FORCE_KF) : 0
    try Self.check(
      vpx_codec_encode(context, &image, ticks, frameTicks, flags, UInt(VPX_DL_REALTIME)), else: .failed)
    var position: vpx_codec_iter_t?
    while let packet = vpx_codec_get_cx_data(context, &position) {
      guard packet.pointee.kind == VPX_CODEC_CX_FRAME_PKT else { continue }
      let frame = packet.pointee.data.frame
      return EncodedFrame(
        bytes: Array(UnsafeRawBufferPointer(start: frame.buf, count: frame.sz)),
        isKeyFrame: frame.flags & UInt32(VPX_FRAME_IS_KEY) != 0)
    }
    throw EncoderError(.failed)
  }

  func setBitrate(_ bitrate: Int) throws(EncoderError) {
    configuration.rc_target_bitrate = UInt32(bitrate / 1000)
    try Self.check(vpx_codec_enc_config_set(context, &configuration), else: .failed)
  }

  private static func check(_ status: vpx_codec_err_t, else code: EncoderError.Code) throws(EncoderError) {
    guard status == VPX_CODEC_OK else { throw EncoderError(code, status: Int(status.rawValue)) }
  }
}

// libvpx's own `vpx_calloc` writes the zeros. That makes 7.4 MB of token tables resident for each 640x480 encoder, of
// which a face needs a hundredth; the system's function leaves large zeros to the kernel.

/// The alignment that libvpx gives where none is asked for (`vpx_mem.c`, `DEFAULT_ALIGNMENT`), and every `malloc` too.
private let usualAlignment = 2 * MemoryLayout<UnsafeRawPointer>.size

@c(vpx_memalign)
func vpxAlign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
  var block: UnsafeMutableRawPointer?
  return posix_memalign(&block, max(alignment, usualAlignment), size) == 0 ? block : nil
}

@c(vpx_malloc)
func vpxAllocate(_ size: Int) -> UnsafeMutableRawPointer? { malloc(size) }

@c(vpx_calloc)
func vpxAllocateZeros(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer? { calloc(count, size) }

@c(vpx_free)
func vpxFree(_ block: UnsafeMutableRawPointer?) { free(block) }
