# The data pipelines and loaders of the segmenters. A config gives the strengths of its `augmentation`, by transform.
# The library puts in what params.yaml says: sizes, flip pairs, partial faces, folders and batch size.
default_scope = "mmseg"
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomSquare"),
    dict(type="PartialFace", shares=(1 / 3, 2 / 3), pad_value=114),
    dict(type="AlignedResize"),
    dict(type="RandomFlip", prob=0.5),
    dict(type="RandomRotate", pad_val=(114, 114, 114), seg_pad_val=255),
    dict(type="ColourJitter"),
    dict(type="PackSegInputs"),
]
# The middle of a crop, as inference sees the face, scored at its own size.
val_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="MiddleSquare", share=2 / 3),
    dict(type="AlignedResize", labels=False),
    dict(type="PackSegInputs"),
]
data_prefix = dict(img_path="images", seg_map_path="labels")
train_dataloader = dict(dataset=dict(type="BaseSegDataset", data_prefix=data_prefix, pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    sampler=dict(type="DefaultSampler", shuffle=False),
    dataset=dict(type="BaseSegDataset", data_prefix=data_prefix, pipeline=val_pipeline, test_mode=True),
)
val_evaluator = dict(type="CropMetric")
val_score = "J"
