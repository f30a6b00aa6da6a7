# The narrow detector for small frames.
_base_ = "../_base_/detector/narrow.py"

# Frames are tested at 512 pixels, which small faces need. Training sees them smaller, at varied scales, and cut where
# they are larger than a piece: that costs a third, and shows small and cut faces more often.
size = (512, 288)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations", with_bbox=True),
    dict(type="RandomResize", scale=size, ratio_range=(0.5, 1.0), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(320, 192), allow_negative_crop=True),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackDetInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=size, keep_ratio=True),
    dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor")),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
